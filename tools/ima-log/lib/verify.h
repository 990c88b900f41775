/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judge the records of a log against PCR values. */
#ifndef IMA_LOG_VERIFY_H
#define IMA_LOG_VERIFY_H

#include <stdio.h>

#include "critical.h"
#include "log.h"
#include "pcrs.h"
#include "replay.h"

/* PCRs 0 to 9 are the firmware's and boot loader's. */
#define PCRS_OF_IMA	0xfffc00u

#define KEXECS_MAX	64

struct allow_list;
struct checkpoint;
struct checkpoint_taker;
struct quote;

enum verdict {
	VERDICT_VERIFIED = 0,
	VERDICT_FAILED = 1,
	VERDICT_MALFORMED = 3,
	VERDICT_UNDECIDED = 4,
};

/* The event digest of the last boot_aggregate that was the kernel's own. */
struct aggregate {
	char algo[32];
	uint32_t len;			/* 0: there is none */
	uint8_t digest[DIGEST_SIZE_MAX];
};

/* What is carried from record to record, and from one run to the next. */
struct chain {
	bool have_snapshot, have_trim;
	bool new_kernel;		/* since the last snapshot */
	bool kexec;			/* a kexec's record was the last one */
	struct aggregate aggregate;
	struct snapshot snapshot;	/* the last one */
	struct trim_note trim;
};

struct verify_state {
	char epoch[32];			/* of the archive; empty for files */
	enum byte_order order;
	uint64_t next;
	uint64_t touched;
	bool have_window;
	uint64_t window;		/* first record no snapshot covers */
	struct chain chain;
	struct pcrs pcrs;		/* values replayed up to @next */
};

struct verify_counts {
	uint64_t records;		/* that were read */
	uint64_t violations;		/* all of them, and by kind: */
	uint64_t file_violations;	/* written while measured, or so */
	uint64_t odd_violations;	/* as the kernel writes none */
	uint64_t snapshots, trims;
	uint64_t windows_unseen;	/* snapshots that begin before the log */
	uint64_t boot_aggregates;	/* one for each kernel */
	uint64_t kexecs;
	uint64_t kexec_at[KEXECS_MAX];	/* their records, of the first ones */
	uint64_t not_allowed;
	uint64_t gaps, gap_records;
};

/* What was found up to some record. */
struct verify_judgement {
	enum verdict verdict;
	char reason[512];		/* empty if verified */
	bool wrong;			/* a record is named in wrong_record */
	uint64_t wrong_record;
};

struct verify {
	/* given */
	struct log *log;
	const struct pcrs *pcrs;	/* NULL: none */
	const struct quote *quote;	/* NULL: none */
	unsigned int older;		/* alike, in the array behind it */
	const struct allow_list *allow;
	bool fail_on_violation;
	/*
	 * PCRs that records have to account for: without one that extends it,
	 * the value is that of a reset.  0: those of IMA that are given.
	 */
	uint32_t accountable;
	/* banks that the kernel has no crypto for */
	unsigned int num_padded;
	const struct bank_alg *padded[BANKS_MAX];
	const struct verify_state *resume;
	const struct checkpoint *from;	/* as resume, but of one log */
	struct checkpoint_taker *taker;	/* NULL: none are taken */
	FILE *records;			/* a JSON line for each record */
	void (*progress)(const struct verify *v);

	/* found */
	struct verify_judgement found;
	uint64_t first;
	uint64_t from_part;		/* where a checkpoint let it begin */
	bool matched;
	unsigned int matched_quote;	/* how many are newer */
	uint32_t unexplained;		/* PCRs that no record extended */
	uint64_t match;			/* records up to and with the match */
	uint64_t gap_first, gap_count;	/* of the first gap */
	struct verify_counts counts;
	struct verify_judgement at_match;
	struct verify_state state;	/* at the match */

	/* used on the way */
	struct replay replay;
	struct hasher quote_hasher;
	struct chain chain;
	struct log_pos window;		/* first record no snapshot covers */
	bool have_window;
};

/**
 * verify_run - judge a log
 * @v: the first part filled in, the rest zero
 *
 * Return: 0, with the verdict in @v; -errno if it could not be run.
 */
int verify_run(struct verify *v);

/* What was replayed up to record @next. */
void verify_keep_state(const struct verify *v, uint64_t next,
		       struct verify_state *s);

const char *verdict_name(enum verdict verdict);

/* One JSON object, with a line end. */
void verify_print_json(const struct verify *v, FILE *out);
void verify_print_text(const struct verify *v, FILE *out);

/* A state file; -EBADMSG if it is none. */
int verify_state_write(const struct verify_state *state, FILE *out);
int verify_state_read(struct verify_state *state, const char *text);

#endif
