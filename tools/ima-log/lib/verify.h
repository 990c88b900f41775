/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judge the records of a log against PCR values. */
#ifndef IMA_LOG_VERIFY_H
#define IMA_LOG_VERIFY_H

#include <stdio.h>

#include "chain.h"
#include "log.h"
#include "pcrs.h"
#include "quote.h"
#include "extend.h"

enum verdict {
	VERDICT_VERIFIED = 0,
	VERDICT_FAILED = 1,
	VERDICT_MALFORMED = 3,
	VERDICT_UNDECIDED = 4,
};

/* What is carried from one run to the next. */
struct verify_state {
	char epoch[32];			/* of the archive; empty for files */
	enum byte_order order;
	uint64_t next;
	uint64_t touched;
	struct chain_state chain;
	struct pcrs pcrs;		/* values replayed up to @next */
};

/* Of the records up to the match, if there is one; else of all. */
struct verify_counts {
	uint64_t records;		/* that were read, in any case */
	uint64_t violations;		/* all of them, and by kind: */
	uint64_t file_violations;	/* written while measured, or so */
	uint64_t odd_violations;	/* as the kernel writes none */
	uint64_t boot_aggregates;	/* one for each kernel */
	uint64_t kexecs;
	uint64_t custom_templates;	/* records whose template is a format */
	uint64_t without_digest;	/* records that show none, and so on */
	uint64_t without_name;
	uint64_t snapshots, trims;	/* and what of them is in chain.h: */
	uint64_t windows_unseen, restarts, unrecorded;
	uint64_t gaps, gap_records;	/* in any case */
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
	bool nonce_checked;		/* the quote answers it */
	bool fail_on_violation;
	/*
	 * PCRs beside PCR 10 that records have to account for: without one
	 * that extends it, the value is that of a reset.
	 */
	uint32_t accountable;
	/* banks that the kernel has no crypto for */
	struct bank_list padded;
	/* @log may begin before its @next, with what is behind its window */
	const struct verify_state *resume;
	FILE *records;			/* a JSON line for each record */

	/* found */
	struct verify_judgement found;
	uint64_t first;
	bool matched;
	uint64_t match;			/* records up to and with the match */
	uint32_t unexplained;		/* PCRs that no record extended */
	uint64_t gap_first, gap_count;	/* of the first gap */
	struct verify_counts counts;
	struct verify_judgement at_match;
	struct verify_counts counts_at_match;
	struct verify_state state;	/* at the match */

	/* used on the way */
	struct replay replay;
	struct hasher quote_hasher;
	struct chain chain;
	FILE *lines;			/* of records, kept until the end */
	/* a PCR that is quoted, but whose value is not known */
	const struct bank_alg *missing_bank;
	unsigned int missing_pcr;
};

/**
 * verify_run - judge a log
 * @v: the first part filled in, the rest zero
 *
 * Return: 0, with the verdict in @v; -errno if it could not be run.
 */
int verify_run(struct verify *v);

/* The first reason stays; a graver verdict replaces a milder one. */
__attribute__((format(printf, 3, 4)))
void verify_judge(struct verify *v, enum verdict verdict, const char *format,
		  ...);

/* The record that was just read is wrong. */
void verify_wrong_record(struct verify *v, const char *why);

/* What a record says, beside its digest: 0 or -errno.  See meaning.c. */
int verify_meaning(struct verify *v, struct record *rec);

/* Is it the record that a kernel adds first? */
bool verify_begins_kernel(struct record *rec);

/* PCRs whose values vouch for records that extend them; all, or in a bank. */
uint64_t verify_covered(const struct verify *v, const struct bank_alg *alg);

const char *verdict_name(enum verdict verdict);

/* One JSON object, with a line end. */
void verify_print_json(const struct verify *v, FILE *out);
void verify_print_text(const struct verify *v, FILE *out);

/* A state file; -EBADMSG if it is none. */
int verify_state_write(const struct verify_state *state, FILE *out);
int verify_state_read(struct verify_state *state, const char *text);

#endif
