/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Save what the kernel has, and drop from it what is saved. */
#ifndef IMA_LOG_SAVER_H
#define IMA_LOG_SAVER_H

#include "archive.h"
#include "critical.h"

enum save_mode {
	SAVE_TRIM,		/* <securityfs>/ima/trim, T:N */
	SAVE_STAGING,		/* CONFIG_IMA_STAGING's N */
	SAVE_ONLY,		/* the kernel offers neither, or was not to */
};

struct saver {
	struct archive *archive;
	struct kernel kernel;
	enum save_mode mode;
	char boot_id[BOOT_ID_SIZE];
	bool have_reset_count;
	uint32_t reset_count;
	bool canonical;
	void (*progress)(void);		/* called now and then; or NULL */

	/* found */
	int64_t delta;
	bool new_epoch;			/* one was begun at the start */
	bool tpm_was_reset;		/* since, under a kernel of the epoch */
	/* after a kexec the list has no saved record: some may be lost */
	bool not_carried;
	bool tail_left;			/* in the epoch before it */
	bool tail_listed;		/* the list has the records in it */
	uint64_t saved, dropped;	/* in all */
	uint64_t foreign_trims;
	uint64_t foreign_records;	/* that those dropped, saved or not */
	uint64_t lost;			/* records in gaps made by this run */

	bool have_snapshot;		/* the last that this run saw */
	uint64_t snapshot_record;
	struct snapshot snapshot;

	uint64_t others_end;	/* behind the last that is no ima_trim */

	bool standing;			/* the reader is at archive->next */
	uint64_t seen_trimmed;		/* when last looked */
	struct reader reader;
};

void saver_init(struct saver *s, struct archive *archive,
		struct kernel kernel);
void saver_free(struct saver *s);

/**
 * saver_start - find where the archive and the list meet
 * @s: what is found before "found" is filled in
 *
 * The archive's epoch goes on if and only if its records from T to its end
 * are a prefix of the list.  If not, an epoch is begun.  Records dropped
 * before they were saved become a gap.  After an error it can be called again.
 *
 * Return: 0; -EUCLEAN if the archive's end contradicts itself or the list, as
 * if damaged: nothing was changed; or another -errno.
 */
int saver_start(struct saver *s);

/* The TPM's reset count is another one by now, under this very kernel. */
int saver_note_reset(struct saver *s, uint32_t reset_count);

/**
 * saver_cycle - save what is new, and drop what is durable
 *
 * Return: 0; -ENOSPC and other errors of the archive, nothing being dropped;
 * -EBUSY if a staging user is at work or the list is open elsewhere; -ESTALE
 * if measurement is suspended and the records travel on; -EAGAIN if somebody
 * else drops records all the time; -EINVAL with staging if the kernel was
 * booted with ima_flush_htable, and drops nothing; -EUCLEAN if the list is not
 * what the archive goes on with.
 */
int saver_cycle(struct saver *s);

#endif
