// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading the measurement list while records are added and removed.
 *
 * An open list file remembers a number: its base, the first record of the list
 * at the first read() after it was opened or sought to offset 0. The record at
 * an index of seq_file has the number base + index, in the list or not. So a
 * file shows consecutive records, or fails with ESTALE where one was removed.
 */

#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include "ima.h"

struct ima_reader {
	struct mutex lock;		/* held by read() and lseek() */
	enum binary_lists list;
	bool has_base;
	unsigned long base;		/* number of the record at index 0 */
	unsigned int walked_records;	/* in this RCU critical section */
	unsigned long walked_bytes;
};

/**
 * ima_reader_open - open a list file for reading
 * @file: the file that is being opened
 * @seq_ops: operations that show a record
 * @list: BINARY or BINARY_STAGED
 *
 * Return: zero, or -ENOMEM.
 */
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

static void ima_reader_enter(struct ima_reader *reader)
{
	rcu_read_lock();
	reader->walked_records = 0;
	reader->walked_bytes = 0;
}

/**
 * ima_reader_start - seq_file operation of all list files
 * @m: the open file
 * @pos: index of the record
 *
 * Enters the RCU read-side critical section that ima_reader_stop() leaves.
 *
 * Return: the record, NULL at the end of the list, and an error pointer with
 * -ESTALE if the record was removed from the list.
 */
void *ima_reader_start(struct seq_file *m, loff_t *pos)
{
	struct ima_reader *reader = m->private;
	struct ima_record_range *range = &ima_ranges[reader->list];

	ima_reader_enter(reader);
	if (!reader->has_base) {
		if (*pos)	/* the walk began with another base */
			return ERR_PTR(-ESTALE);

		reader->base = smp_load_acquire(&range->first);
		/*
		 * An empty list is a place, too: records that are added to it
		 * and removed before the next read() are missing. Except in
		 * the staged list: what is staged next may have any number.
		 */
		reader->has_base = reader->list == BINARY ||
				   reader->base != READ_ONCE(range->next);
	}
	return ima_find_record(reader->list, reader->base + *pos);
}

/**
 * ima_reader_next - seq_file operation of all list files
 * @m: the open file
 * @v: the record that was shown
 * @pos: its index
 *
 * Return: see ima_reader_start().
 */
void *ima_reader_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct ima_reader *reader = m->private;
	const struct ima_record *rec = v;

	/* A seek walks any number of records between start and stop. */
	reader->walked_bytes += rec->template_data_len;
	if (++reader->walked_records == IMA_WALK_RECORDS ||
	    reader->walked_bytes >= IMA_WALK_BYTES) {
		rcu_read_unlock();
		cond_resched();
		ima_reader_enter(reader);
	}
	++*pos;
	return ima_find_record(reader->list, reader->base + *pos);
}

/**
 * ima_reader_stop - seq_file operation of all list files
 * @m: the open file
 * @v: unused
 */
void ima_reader_stop(struct seq_file *m, void *v)
{
	rcu_read_unlock();
}

/*
 * seq_file gets to an offset by showing the records from index 0, and loses its
 * place if that fails. Spare a reader this that could still go on from there.
 */
static bool ima_reader_can_seek(const struct ima_reader *reader)
{
	return !reader->has_base ||
	       READ_ONCE(ima_ranges[reader->list].first) == reader->base;
}

/**
 * ima_reader_read - read() of all list files
 * @file: the open file
 * @buf: where to copy the records to
 * @size: how many bytes at most
 * @ppos: offset in bytes, counted from the base
 *
 * Return: the number of bytes read, zero at the end of the list, -ESTALE if
 * the record at @ppos or, unless @ppos is where the last read() ended, the base
 * was removed, and the errors of seq_read().
 */
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

/**
 * ima_reader_llseek - lseek() of all list files
 * @file: the open file
 * @offset: in bytes, counted from the base
 * @whence: SEEK_SET or SEEK_CUR
 *
 * Only SEEK_SET to offset 0 gives the reader another base. SEEK_CUR does not,
 * as programs use it to ask for the offset.
 *
 * Return: the new offset, -ESTALE if the base was removed, and the errors of
 * seq_lseek(). On error the offset does not change.
 */
loff_t ima_reader_llseek(struct file *file, loff_t offset, int whence)
{
	struct seq_file *m = file->private_data;
	struct ima_reader *reader = m->private;
	loff_t old = file->f_pos, ret;

	guard(mutex)(&reader->lock);
	if (whence == SEEK_CUR) {
		if (!offset)
			return old;
		offset += old;
	} else if (whence != SEEK_SET) {
		return -EINVAL;
	} else if (!offset) {
		reader->has_base = false;
	}

	if (offset != m->read_pos && !ima_reader_can_seek(reader))
		return -ESTALE;

	ret = seq_lseek(file, offset, SEEK_SET);
	if (ret < 0)
		file->f_pos = old;
	return ret;
}
