// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ima-log prune: remove old records of an epoch, up to a state that a verifier
 * has kept, from which verify goes on.
 *
 * The state is believed only if the archive's own records lead to it.  A copy
 * is kept beside the records that are left: from there the next one is checked,
 * as the records before are gone.  Closed segments are removed, which their
 * writer does not touch any more, so it may run.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program.h"
#include "../lib/epoch.h"

struct prune {
	const char *archive, *state_path;
	bool dry_run;
	unsigned int epoch;
	int dir;			/* of the epoch */
	char *text;			/* of the state */
	size_t text_len;
	struct verify_state state, kept;
	bool have_kept;
};

const struct opt prune_options[] = {
	OPT(prune, state_path, set_text, "state", "FILE",
	    "the state, as verify --save-state wrote it"),
	OPT(prune, dry_run, set_flag, "dry-run", NULL,
	    "say what would be removed, remove nothing"),
	OPT(prune, archive, set_text, "archive", "DIR", "the archive"),
	{ 0 }
};

static int read_states(struct prune *p)
{
	char *text;
	size_t len;
	int ret = io_read_file(AT_FDCWD, p->state_path, &p->text,
			       &p->text_len);

	if (!ret)
		ret = verify_state_read(&p->state, p->text);
	if (ret == -EBADMSG)
		report("%s is no state that verify saved", p->state_path);
	if (ret)
		return ret == -EBADMSG ? EXIT_MALFORMED :
					 report_error(p->state_path, ret);
	ret = io_read_file(p->dir, PRUNED_STATE, &text, &len);
	if (ret == -ENOENT)
		return EXIT_OK;
	if (!ret) {
		ret = verify_state_read(&p->kept, text);
		free(text);
	}
	p->have_kept = true;
	return ret ? report_error(PRUNED_STATE, ret) : EXIT_OK;
}

/* From the values of the kept state, or from those of a reset. */
static int init_replay(const struct prune *p, struct replay *r)
{
	const struct pcrs *pcrs = &p->state.pcrs;
	const struct bank_alg *missing = NULL;
	struct bank_list banks = { 0 };
	unsigned int i;

	for (i = 0; i < pcrs->num_banks; i++)
		bank_list_add(&banks, pcrs->banks[i].alg);
	if (replay_init(r, &banks, NULL, &missing)) {
		report("libcrypto has no %s", missing->name);
		return EXIT_UNDECIDED;
	}
	missing = NULL;
	if (p->have_kept)
		missing = replay_load(r, &p->kept.pcrs, p->kept.touched);
	if (!missing)
		return EXIT_OK;
	report("%s: there is no value in bank %s, which %s has", PRUNED_STATE,
	       missing->name, p->state_path);
	replay_free(r);
	return EXIT_UNDECIDED;
}

/* Those that no record has extended are not the list's. */
static bool same_pcrs(const struct prune *p, const struct replay *r)
{
	const struct pcr_bank *bank;
	const uint8_t *value;
	unsigned int i, pcr;

	for (i = 0; i < r->values.num_banks; i++) {
		bank = &r->values.banks[i];
		for (pcr = 0; pcr < PCRS_MAX; pcr++) {
			value = pcrs_get(&p->state.pcrs, bank->alg, pcr);
			if (r->touched >> pcr & 1 &&
			    (!value || memcmp(value, bank->value[pcr],
					      bank->alg->size)))
				return false;
		}
	}
	return r->values.num_banks && r->touched == p->state.touched;
}

/* Do the records from the kept state on, or all, lead to this one? */
static int replay_records(const struct prune *p, struct replay *r)
{
	uint64_t from = p->have_kept ? p->kept.next : 0;
	struct record rec;
	struct log log;
	bool ok;
	int ret = archive_log(p->archive, p->epoch, from, &log);

	if (ret)
		return ret;
	while ((ret = log.next < p->state.next) &&
	       (ret = log_next(&log, &rec)) == LOG_RECORD)
		if (log.pos.number >= from) {
			ret = replay_extend(r, &rec, &ok);
			if (ret)
				break;
		}
	if (ret == LOG_GAP)
		ret = -ENODATA;
	if (!ret && log.next != p->state.next)
		ret = -ERANGE;
	log_free(&log);
	return ret;
}

static int check_state(const struct prune *p)
{
	struct replay r;
	char name[11];
	int ret;

	archive_epoch_name(p->epoch, name);
	if (strcmp(p->state.epoch, name)) {
		report("%s is of epoch %s, the archive is at %s",
		       p->state_path, p->state.epoch, name);
		return EXIT_UNDECIDED;
	}
	if (p->have_kept && p->state.next < p->kept.next) {
		report("%s ends at record %" PRIu64 ", the archive begins at "
		       "%" PRIu64, p->state_path, p->state.next, p->kept.next);
		return EXIT_UNDECIDED;
	}
	ret = init_replay(p, &r);
	if (ret)
		return ret;
	ret = replay_records(p, &r);
	if (!ret && !same_pcrs(p, &r)) {
		report("the archive's records do not lead to %s",
		       p->state_path);
		ret = EXIT_FAILED;
	} else if (ret == -ENODATA || ret == -ERANGE) {
		report("%s: the records up to %" PRIu64 " are not all in the "
		       "archive", p->state_path, p->state.next);
		ret = EXIT_UNDECIDED;
	} else if (ret) {
		ret = report_error(p->archive, ret);
	}
	replay_free(&r);
	return ret;
}

/*
 * The part is closed, and all of it lies before what verify goes on with: the
 * state's end, or the last snapshot, from which the next one is checked.
 */
static bool may_go(const struct prune *p, const struct part_name *next)
{
	const struct verify_state *s = &p->state;
	uint64_t first = s->next;

	if (s->chain.have_snapshot && s->chain.window < first)
		first = s->chain.window;
	return next->first <= first;
}

static int remove_part(const struct prune *p, const struct part_name *part,
		       uint64_t end)
{
	const struct io io = { &io_syscalls, NULL };
	char name[PART_NAME_SIZE];

	part_name(name, part->first, part->gap);
	printf("%s %s: records %" PRIu64 " to %" PRIu64 "\n",
	       p->dry_run ? "would remove" : "removing", name, part->first,
	       end - 1);
	if (fflush(stdout))
		return -errno;
	return p->dry_run ? 0 : io.ops->unlink(io.ctx, p->dir, name, 0);
}

/* The state first: it must not be lost with the records. */
static int remove_parts(struct prune *p)
{
	const struct io io = { &io_syscalls, NULL };
	struct part_name *parts;
	size_t i, num, gone = 0;
	int ret = epoch_parts(p->dir, &parts, &num);

	if (ret)
		return ret;
	while (gone + 1 < num && may_go(p, &parts[gone + 1]))
		gone++;
	if (gone && !p->dry_run)
		ret = io_write_file(&io, p->dir, PRUNED_STATE, p->text,
				    p->text_len);
	for (i = 0; i < gone && !ret; i++)
		ret = remove_part(p, &parts[i], parts[i + 1].first);
	if (!ret && !p->dry_run)
		ret = io.ops->sync(io.ctx, p->dir);
	if (!ret && !gone)
		puts("nothing to remove: no closed segment ends before the "
		     "state");
	else if (!ret && !p->dry_run)
		printf("epoch %u begins at record %" PRIu64 " now: keep %s, "
		       "verify --resume goes on from record %" PRIu64
		       "; ima-log follow cannot serve this epoch any more\n",
		       p->epoch, parts[gone].first, p->state_path,
		       p->state.next);
	free(parts);
	return ret;
}

static int run(struct prune *p)
{
	struct archive_usage usage;
	int ret = archive_usage(p->archive, &usage);

	if (!ret && !usage.epochs)
		ret = -ENOENT;
	if (!ret) {
		p->epoch = usage.last_epoch;
		p->dir = archive_open_epoch(p->archive, p->epoch);
		ret = p->dir < 0 ? p->dir : 0;
	}
	if (ret)
		return report_error(p->archive, ret);
	ret = read_states(p);
	if (!ret)
		ret = check_state(p);
	if (!ret) {
		ret = remove_parts(p);
		ret = ret ? report_error(p->archive, ret) : EXIT_OK;
	}
	close(p->dir);
	free(p->text);
	return ret;
}

int cmd_prune(int argc, char **argv)
{
	struct prune p = { 0 };
	int ret = options_read(prune_options, &p, 0, argc, argv);

	if (ret)
		return ret;
	if (!p.state_path)
		return usage_error("prune: --state FILE is missing");
	p.archive = archive_dir(p.archive);
	return run(&p);
}
