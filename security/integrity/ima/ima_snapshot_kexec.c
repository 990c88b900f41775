// SPDX-License-Identifier: GPL-2.0-only
/*
 * File: ima_snapshot_kexec.c
 *	What the next kernel has to know to go on with snapshots
 */

#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include "ima.h"

#define IMA_SNAPSHOT_MAGIC	0x31504e53414d49ULL	/* "IMASNP1" */

/*
 * What the next kernel has to know, written behind the list in the kexec
 * segment. A kernel that does not know of it does not look there; a kernel
 * that does not write it leaves zeros there.
 */
struct ima_snapshot_trailer {
	__le64 magic;
	__le64 added;
	__le64 covered;
	__le64 removed;
	__le64 trims;
	__le64 num_runs;
	struct {
		__le64 first;
		__le64 count;
	} runs[IMA_SNAPSHOT_MAX_RUNS];
};

/*
 * Note the number of a record that is carried. There is one run of consecutive
 * numbers in general; another one where staged records were passed over by a
 * removal, or where the segment of an earlier kexec was too short. If there are
 * too many, the oldest records are numbered as if they had no gap.
 */
static void ima_snapshot_add_run(struct ima_snapshot *s, u64 number)
{
	struct ima_snapshot_run *runs = s->runs;
	unsigned int n = s->num_runs;

	if (n && number == runs[n - 1].first + runs[n - 1].count) {
		runs[n - 1].count++;
		return;
	}

	if (n == IMA_SNAPSHOT_MAX_RUNS) {
		runs[1].first -= runs[0].count;
		runs[1].count += runs[0].count;
		memmove(&runs[0], &runs[1], --n * sizeof(*runs));
	}

	runs[n].first = number;
	runs[n].count = 1;
	s->num_runs = n + 1;
}

/*
 * Where does the window of a snapshot begin? Its record is the only place that
 * knows, and was written by ima_snapshot_format().
 */
static u64 ima_snapshot_window_start(const struct ima_template_entry *entry)
{
	int i = ima_snapshot_buf_field(entry->template_desc);
	const struct ima_field_data *field = &entry->template_data[i];
	char payload[IMA_SNAPSHOT_PAYLOAD_MAX];
	u64 hashed, total;
	const char *pos;

	scnprintf(payload, sizeof(payload), "%.*s", field->len, field->data);
	pos = strstr(payload, ";hashed=");
	if (!pos || sscanf(pos, ";hashed=%llu;total=%llu;", &hashed,
			   &total) != 2)
		return 0;

	return total - hashed;
}

/*
 * Look at a record that is carried if @count is not zero. The first snapshot
 * that is not leaves its records to the next kernel, as if it had failed.
 */
static void ima_snapshot_carry(struct ima_snapshot *s,
			       const struct ima_queue_entry *qe, u64 *count,
			       u64 *covered)
{
	u64 start;

	if (*count) {
		(*count)--;
		ima_snapshot_add_run(s, ima_snapshot_number(s, qe));
	} else if (qe->entry->is_snapshot) {
		start = ima_snapshot_window_start(qe->entry);
		*covered = min(*covered, start);
	}
}

/* Find out which records are carried, and which of them are covered by then. */
static u64 ima_snapshot_carry_all(struct ima_snapshot *s, u64 count)
{
	u64 covered = s->done - s->cur.hashed;
	struct ima_queue_entry *qe;

	s->run = 0;
	s->num_runs = 0;

	list_for_each_entry(qe, s->staged, later)
		ima_snapshot_carry(s, qe, &count, &covered);

	list_for_each_entry(qe, s->live, later)
		ima_snapshot_carry(s, qe, &count, &covered);

	return covered;
}

/**
 * ima_snapshot_write_trailer - write what the next kernel has to know
 * @s: state of the snapshots
 * @buf: where to write it
 * @size: number of bytes there
 * @count: number of records that are carried, from the first one on
 *
 * Context: ima_extend_list_mutex is held.
 * Return: the number of bytes written, zero if there is no room.
 */
size_t ima_snapshot_write_trailer(struct ima_snapshot *s, void *buf,
				  size_t size, u64 count)
{
	struct ima_snapshot_trailer trailer = {};
	unsigned int i;
	u64 covered;

	ima_extend_list_assert_held();

	if (size < sizeof(trailer))
		return 0;

	covered = ima_snapshot_carry_all(s, count);
	trailer.magic = cpu_to_le64(IMA_SNAPSHOT_MAGIC);
	trailer.added = cpu_to_le64(s->added);
	trailer.covered = cpu_to_le64(covered);
	trailer.removed = cpu_to_le64(s->removed);
	trailer.trims = cpu_to_le64(s->trims);
	trailer.num_runs = cpu_to_le64(s->num_runs);
	for (i = 0; i < s->num_runs; i++) {
		trailer.runs[i].first = cpu_to_le64(s->runs[i].first);
		trailer.runs[i].count = cpu_to_le64(s->runs[i].count);
	}

	memcpy(buf, &trailer, sizeof(trailer));
	return sizeof(trailer);
}

static bool ima_snapshot_read_runs(struct ima_snapshot *s, u64 added,
				   const struct ima_snapshot_trailer *trailer)
{
	u64 num_runs = le64_to_cpu(trailer->num_runs);
	u64 first, count, end = 0;
	unsigned int i;

	if (num_runs > IMA_SNAPSHOT_MAX_RUNS)
		return false;

	for (i = 0; i < num_runs; i++) {
		first = le64_to_cpu(trailer->runs[i].first);
		count = le64_to_cpu(trailer->runs[i].count);
		if (first <= end || first > added || !count ||
		    count > added - first + 1)
			return false;
		end = first + count - 1;
		s->runs[i].first = first;
		s->runs[i].count = count;
	}

	s->run = 0;
	s->num_runs = num_runs;
	return true;
}

/**
 * ima_snapshot_read_trailer - go on where the previous kernel stopped
 * @s: state of the snapshots
 * @buf: what follows the list that is carried
 * @size: number of bytes there
 *
 * Context: ima_extend_list_mutex is held.
 * Return: true if there is a trailer, and it makes sense.
 */
bool ima_snapshot_read_trailer(struct ima_snapshot *s, const void *buf,
			       size_t size)
{
	struct ima_snapshot_trailer trailer;
	u64 added, covered;

	ima_extend_list_assert_held();

	if (size < sizeof(trailer))
		return false;

	memcpy(&trailer, buf, sizeof(trailer));
	added = le64_to_cpu(trailer.added);
	covered = le64_to_cpu(trailer.covered);
	if (le64_to_cpu(trailer.magic) != IMA_SNAPSHOT_MAGIC ||
	    covered > added || !ima_snapshot_read_runs(s, added, &trailer))
		return false;

	s->added = added;
	s->done = covered;
	s->removed = le64_to_cpu(trailer.removed);
	s->trims = le64_to_cpu(trailer.trims);
	s->cur.own = covered ? 1 : 0;
	return true;
}

/**
 * ima_snapshot_number_restored - number the record that was restored last
 * @s: state of the snapshots
 *
 * Context: ima_extend_list_mutex is held.
 */
void ima_snapshot_number_restored(struct ima_snapshot *s)
{
	struct ima_queue_entry *qe = ima_snapshot_last(s->live);
	struct ima_snapshot_run *run = &s->runs[s->run];

	ima_extend_list_assert_held();

	if (s->run == s->num_runs) {
		qe->entry->seq = ++s->added & IMA_SNAPSHOT_SEQ_MASK;
		return;
	}

	qe->entry->seq = run->first++ & IMA_SNAPSHOT_SEQ_MASK;
	if (!--run->count)
		s->run++;
}

/**
 * ima_snapshot_save - write what the next kernel has to know
 * @buf: where the list in the kexec segment ends
 * @size: number of bytes there
 * @count: number of records in the segment
 *
 * Return: the number of bytes written.
 */
size_t ima_snapshot_save(void *buf, size_t size, u64 count)
{
	size_t len;

	ima_extend_list_lock();
	len = ima_snapshot_write_trailer(&ima_snapshot_state, buf, size, count);
	ima_extend_list_unlock();
	return len;
}

/**
 * ima_snapshot_restore - go on where the previous kernel stopped
 * @buf: where the list in the kexec segment ends
 * @size: number of bytes there
 *
 * Called before the records are restored. If there is nothing, or the kernel
 * in between knew nothing of snapshots, counting starts again.
 */
void ima_snapshot_restore(const void *buf, size_t size)
{
	ima_extend_list_lock();
	ima_snapshot_read_trailer(&ima_snapshot_state, buf, size);
	ima_extend_list_unlock();
}

/**
 * ima_snapshot_record_restored - take note of the record restored last
 */
void ima_snapshot_record_restored(void)
{
	ima_extend_list_lock();
	ima_snapshot_number_restored(&ima_snapshot_state);
	ima_extend_list_unlock();
}

/**
 * ima_snapshot_trailer_size - room needed behind the list in the segment
 *
 * Return: the number of bytes.
 */
size_t ima_snapshot_trailer_size(void)
{
	return sizeof(struct ima_snapshot_trailer);
}

/**
 * ima_snapshot_kexec_reserve - room needed in the kexec segment in all
 *
 * Return: the number of bytes, for the trailer and for two snapshots: the last
 * one, and one before it if records are missing.
 */
size_t ima_snapshot_kexec_reserve(void)
{
	return sizeof(struct ima_snapshot_trailer) +
	       2 * IMA_SNAPSHOT_RECORD_MAX;
}
