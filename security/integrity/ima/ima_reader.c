// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading the measurement list while records are added and removed.
 *
 * An open list file remembers the number of the first record at the first read()
 * after it was opened or sought to offset 0, its base. Index i of seq_file is the
 * record base + i, in the list or not. So a file shows consecutive records, or
 * fails with ESTALE where one was removed.
 */

#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include "ima.h"

struct ima_reader {
	struct mutex lock;		/* held by read() and lseek() */
	enum binary_lists list;
	bool has_base;
	unsigned long base;		/* number of the record at index 0 */
	unsigned int records, bytes;	/* seen in this RCU critical section */
};

int ima_reader_open(struct file *file, const struct seq_operations *seq_ops,
		    enum binary_lists list)
{
	struct ima_reader *reader;

	reader = __seq_open_private(file, seq_ops, sizeof(*reader));
	if (!reader)
		return -ENOMEM;
	mutex_init(&reader->lock);
	reader->list = list;
	return 0;
}

/* Enters the RCU read-side critical section that ima_reader_stop() leaves. */
void *ima_reader_start(struct seq_file *m, loff_t *pos)
{
	struct ima_reader *reader = m->private;
	struct ima_record_range *range = &ima_ranges[reader->list];
	unsigned long next;

	rcu_read_lock();
	reader->records = 0;
	reader->bytes = 0;
	if (!reader->has_base) {
		if (*pos)	/* the walk began with another base */
			return ERR_PTR(-ESTALE);
		next = smp_load_acquire(&range->next);	/* as in */
		reader->base = smp_load_acquire(&range->first);	/* ima_find_record() */
		/*
		 * An empty list is a place, too, so that no record is missed.
		 * But any number may come next in the staged list.
		 */
		reader->has_base = reader->list == BINARY ||
				   reader->base != next;
	}
	return ima_find_record(reader->list, reader->base + *pos);
}

void *ima_reader_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct ima_reader *reader = m->private;
	const struct ima_record *rec = v;

	++*pos;
	/* A seek walks any number of records between start and stop. */
	reader->bytes += rec->template_data_len;
	if (++reader->records < IMA_WALK_RECORDS && reader->bytes < SZ_64K)
		return ima_find_record(reader->list, reader->base + *pos);

	rcu_read_unlock();
	cond_resched();
	return ima_reader_start(m, pos);
}

void ima_reader_stop(struct seq_file *m, void *v)
{
	rcu_read_unlock();
}

/* seq_file seeks by showing records from index 0, and then loses its place. */
static bool ima_reader_can_seek(const struct ima_reader *reader)
{
	return !reader->has_base ||
	       READ_ONCE(ima_ranges[reader->list].first) == reader->base;
}

ssize_t ima_reader_read(struct file *file, char __user *buf, size_t size,
			loff_t *ppos)
{
	struct seq_file *m = file->private_data;
	struct ima_reader *reader = m->private;

	guard(mutex)(&reader->lock);
	/* Offset 0 is no exception: seq_read() begins anew there. */
	if ((*ppos == 0 || *ppos != m->read_pos) &&
	    !ima_reader_can_seek(reader))
		return -ESTALE;

	return seq_read(file, buf, size, ppos);
}

/* Only SEEK_SET to 0 starts anew: programs use SEEK_CUR to ask for the offset. */
loff_t ima_reader_llseek(struct file *file, loff_t offset, int whence)
{
	struct seq_file *m = file->private_data;
	struct ima_reader *reader = m->private;

	guard(mutex)(&reader->lock);
	if (whence == SEEK_CUR && !offset)
		return file->f_pos;
	if (whence == SEEK_SET && !offset)
		reader->has_base = false;
	else if ((whence == SEEK_CUR ||
		  (whence == SEEK_SET && offset != m->read_pos)) &&
		 !ima_reader_can_seek(reader))
		return -ESTALE;

	return seq_lseek(file, offset, whence);
}
