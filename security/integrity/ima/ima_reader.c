// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading the measurement list while records are added and removed.
 *
 * An open list file remembers the record that it consumed last.  It goes on
 * with the following one without walking the list, or fails with ESTALE if
 * that one has left the list: bytes that user space reads in sequence are
 * records in sequence.
 *
 * The index of seq_file counts records from the one that the reader found at
 * the head of the list when it was opened or last sought to offset 0, its
 * base.  Other offsets are counted from there as well, and can be sought as
 * long as the base is still at the head.
 */

#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "ima.h"

struct ima_reader {
	struct mutex lock;		/* held by read() and lseek() */
	enum binary_lists list;
	bool anew;			/* no record and no end was seen yet */
	unsigned int walked;		/* in this RCU critical section */
	unsigned long base;		/* number of the record at index 0 */
	unsigned long number;		/* of the record consumed last */
	struct ima_queue_entry *qe;	/* perhaps freed; NULL before the first */
};

static struct list_head *ima_reader_head(const struct ima_reader *reader)
{
	return reader->list == BINARY_STAGED ? &ima_measurements_staged :
					       &ima_measurements;
}

/* The record at @node, or NULL at the end: see ima_measurements for "either" */
static struct ima_queue_entry *ima_reader_entry(struct list_head *node)
{
	if (node == &ima_measurements || node == &ima_measurements_staged)
		return NULL;

	return list_entry(node, struct ima_queue_entry, later);
}

/*
 * A reader starts anew.  The end of an empty list is a place to go on from: what
 * is added behind it and removed before the next read() must not be left out
 * silently.  The staged list cannot change behind a reader's back, as its files
 * exclude each other; and any number may come next in it.
 */
static struct ima_queue_entry *ima_reader_first(struct ima_reader *reader)
{
	struct list_head *head = ima_reader_head(reader);
	struct ima_queue_entry *qe;
	unsigned long first;

	/* Before the head is looked at: too small a number means ESTALE. */
	first = smp_load_acquire(&ima_first_number[reader->list]);
	qe = ima_reader_entry(rcu_dereference(list_next_rcu(head)));
	if (qe) {
		reader->base = qe->number;
	} else if (reader->list == BINARY) {
		reader->base = first;
		reader->anew = false;
	}
	return qe;
}

/*
 * Find the record with number @want, in constant time.
 *
 * Called in an RCU read-side critical section, to the end of which the result
 * is valid.
 *
 * Return: the record, NULL if it is still to be added, and an error pointer
 * with -ESTALE if it has left the list.
 */
static struct ima_queue_entry *ima_reader_find(const struct ima_reader *reader,
					       unsigned long want)
{
	struct list_head *prev;
	struct ima_queue_entry *qe;
	unsigned long first;

	/* Pairs with smp_store_release() in ima_queue.c. */
	first = smp_load_acquire(&ima_first_number[reader->list]);
	if (want < first)
		return ERR_PTR(-ESTALE);

	if (want == first)
		prev = ima_reader_head(reader);
	else if (reader->qe && want == reader->number + 1)
		prev = &reader->qe->later;
	else
		return ERR_PTR(-ESTALE);	/* not where the reader is */

	qe = ima_reader_entry(rcu_dereference(list_next_rcu(prev)));
	if (qe && qe->number != want)
		return ERR_PTR(-ESTALE);

	return qe;
}

/**
 * ima_reader_start - seq_file operation of all list files
 * @m: the open file
 * @pos: index of the record, counted from the reader's base
 *
 * Begins an RCU read-side critical section, which ima_reader_stop() ends.
 *
 * Return: the record, NULL at the end of the list, and an error pointer with
 * -ESTALE if records that follow the one read last have left the list.
 */
void *ima_reader_start(struct seq_file *m, loff_t *pos)
{
	struct ima_reader *reader = m->private;

	rcu_read_lock();
	reader->walked = 0;
	if (reader->anew)
		return *pos ? NULL : ima_reader_first(reader);

	return ima_reader_find(reader, reader->base + *pos);
}

/**
 * ima_reader_next - seq_file operation of all list files
 * @m: the open file
 * @v: the record that was consumed
 * @pos: its index
 *
 * Return: see ima_reader_start().
 */
void *ima_reader_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct ima_reader *reader = m->private;

	reader->anew = false;
	reader->qe = v;
	reader->number = reader->qe->number;
	(*pos)++;

	/* A seek walks any number of records between start and stop. */
	if (++reader->walked == IMA_WALK_RECORDS) {
		rcu_read_unlock();
		cond_resched();
		rcu_read_lock();
		reader->walked = 0;
	}
	return ima_reader_find(reader, reader->number + 1);
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
 * seq_file gets to an offset by reading from index 0.  The result is what user
 * space expects only as long as the reader's base is at the head.
 */
static bool ima_reader_can_seek(const struct ima_reader *reader)
{
	return reader->anew ||
	       READ_ONCE(ima_first_number[reader->list]) == reader->base;
}

/**
 * ima_reader_read - read() of all list files
 * @file: the open file
 * @buf: where to copy the records to
 * @size: how many bytes at most
 * @ppos: offset in bytes, counted from the reader's base
 *
 * Only lseek() gives the reader another base: after pread() of offset 0 the
 * file's own offset is still counted from where it was.
 *
 * Return: the number of bytes read, zero at the end of the list, -ESTALE if
 * the bytes at @ppos have left the list, and the errors of seq_read().
 */
ssize_t ima_reader_read(struct file *file, char __user *buf, size_t size,
			loff_t *ppos)
{
	struct seq_file *m = file->private_data;
	struct ima_reader *reader = m->private;

	guard(mutex)(&reader->lock);
	/* Offset 0 is no exception: seq_read() begins anew there. */
	if ((*ppos == 0 || *ppos != m->read_pos) && !ima_reader_can_seek(reader))
		return -ESTALE;

	return seq_read(file, buf, size, ppos);
}

/**
 * ima_reader_llseek - lseek() of all list files
 * @file: the open file
 * @offset: in bytes, counted from the reader's base
 * @whence: SEEK_SET or SEEK_CUR
 *
 * Return: the new offset, -ESTALE if the bytes there have left the list, and
 * the errors of seq_lseek().  On error the offset stays as it was.
 */
loff_t ima_reader_llseek(struct file *file, loff_t offset, int whence)
{
	struct seq_file *m = file->private_data;
	struct ima_reader *reader = m->private;
	loff_t old = file->f_pos, ret;

	guard(mutex)(&reader->lock);
	if (whence == SEEK_CUR)
		offset += old;
	else if (whence != SEEK_SET)
		return -EINVAL;

	if (offset == 0) {
		reader->anew = true;
		reader->qe = NULL;
	} else if (offset != m->read_pos && !ima_reader_can_seek(reader)) {
		return -ESTALE;
	}

	ret = seq_lseek(file, offset, SEEK_SET);
	if (ret < 0)
		file->f_pos = old;	/* 0 would mean to start anew */

	return ret;
}

/**
 * ima_reader_open - open a list file for reading
 * @file: the file that is being opened
 * @seq_ops: how to show a record
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
	reader->anew = true;
	return 0;
}
