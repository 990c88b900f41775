// SPDX-License-Identifier: GPL-2.0-or-later
/* What a record says beside its template digest: is it true? */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "verify.h"

/* PCRs 0 to 9, but only to 7 with SHA-1, hashed one after the other. */
static int aggregate(struct verify *v, const struct bank_alg *alg,
		     uint8_t *digest, bool *known)
{
	unsigned int pcr, num = alg->tpm_id == 0x0004 ? 8 : 10;
	uint8_t values[10 * DIGEST_SIZE_MAX];
	const uint8_t *value;

	*known = v->pcrs != NULL;
	for (pcr = 0; *known && pcr < num; pcr++) {
		value = pcrs_get(v->pcrs, alg, pcr);
		*known = value != NULL;
		if (value)
			memcpy(values + pcr * alg->size, value, alg->size);
	}
	return *known ? digest_of(alg, values, num * alg->size, digest) : 0;
}

/* With ima_template=ima-buf it has a buffer as well, an empty one. */
static bool is_boot_aggregate(const struct record *rec)
{
	const struct field *buf = record_field(rec, FIELD_BUF);

	return !record_is_violation(rec) && (!buf || !buf->len) &&
	       (record_name_is(rec, "boot_aggregate") ||
		record_name_is(rec, "boot_aggregate_late"));
}

bool verify_begins_kernel(struct record *rec)
{
	return !record_fields(rec) && is_boot_aggregate(rec);
}

static int check_boot_aggregate(struct verify *v, const struct record *rec)
{
	uint8_t digest[DIGEST_SIZE_MAX];
	const struct bank_alg *alg;
	struct field event;
	char name[32];
	bool known = false;
	int ret = 0;

	v->counts.boot_aggregates++;
	if (v->log->pos.number)
		chain_boot(&v->chain);
	if (!record_event_digest(rec, name, &event))
		return 0;
	alg = bank_alg_by_name(name, strlen(name));
	if (alg && event.len == alg->size)
		ret = aggregate(v, alg, digest, &known);
	if (!ret && known && memcmp(digest, event.data, alg->size))
		verify_wrong_record(v, "boot_aggregate is not the digest of "
				    "the boot's PCRs");
	return ret;
}

/*
 * A record with a buffer has the buffer's digest.  As the template's name is
 * not protected, this is what keeps a file with a signature from being passed
 * off as critical data.
 */
static void check_buffer(struct verify *v, const struct record *rec, bool *ok)
{
	const struct field *buf = record_field(rec, FIELD_BUF);
	uint8_t digest[EVP_MAX_MD_SIZE];
	const struct bank_alg *alg = NULL;
	struct field event;
	char name[32] = "";

	if (!buf || !buf->len)
		return;
	if (record_event_digest(rec, name, &event))
		alg = digest_alg_by_name(name, strlen(name));
	if (!alg || digest_of(alg, buf->data, buf->len, digest)) {
		verify_judge(v, VERDICT_UNDECIDED, "record %" PRIu64
			     ": a buffer whose digest%s%s is not known",
			     v->log->pos.number, *name ? " " : "", name);
		return;
	}
	*ok = event.len == alg->size && !memcmp(digest, event.data, alg->size);
	if (!*ok)
		verify_wrong_record(v, "digest is not that of the buffer");
}

static bool all_zero(const struct field *f)
{
	uint32_t i;

	for (i = 0; i < f->len; i++)
		if (f->data[i])
			return false;
	return true;
}

/*
 * The list does not say what the violation was; the audit log does.  But the
 * kernel gives it a digest of zeros, if it has one at all: a record with a
 * digest was made a violation by somebody else.
 */
static void check_violation(struct verify *v, const struct record *rec)
{
	struct field digest;
	char name[32];

	v->counts.violations++;
	if (record_event_digest(rec, name, &digest) && !all_zero(&digest)) {
		v->counts.odd_violations++;
		verify_wrong_record(v, "violation with a digest");
		return;
	}
	v->counts.file_violations++;
	if (v->fail_on_violation)
		verify_wrong_record(v, "violation");
}

/* Critical data of the kernel, whose buffer is what its digest says. */
static int check_critical(struct verify *v, const struct record *rec)
{
	char why[256];
	int ret = chain_check(&v->chain, rec, v->log->pos.number, why,
			      sizeof(why));

	v->counts.kexecs += critical_kind(rec) == CRITICAL_KEXEC_EXECUTE;
	if (ret == CHAIN_WRONG)
		verify_wrong_record(v, why);
	else if (ret == CHAIN_UNKNOWN)
		verify_judge(v, VERDICT_UNDECIDED, "record %" PRIu64 ": %s",
			     v->log->pos.number, why);
	return ret < 0 ? ret : 0;
}

/* A template's name is protected by nothing: what it hides is counted. */
static void count_hidden(struct verify *v, const struct record *rec)
{
	struct field digest;
	char algo[32];

	v->counts.custom_templates += !rec->builtin;
	v->counts.without_name += !record_field(rec, FIELD_NAME);
	v->counts.without_digest += !record_event_digest(rec, algo, &digest);
}

static int check_fields(struct verify *v, const struct record *rec, bool *boot)
{
	bool buffer_ok = false;

	count_hidden(v, rec);
	if (record_is_violation(rec)) {
		check_violation(v, rec);
		return 0;
	}
	check_buffer(v, rec, &buffer_ok);
	*boot = is_boot_aggregate(rec);
	if (*boot)
		return check_boot_aggregate(v, rec);
	return buffer_ok ? check_critical(v, rec) : 0;
}

int verify_meaning(struct verify *v, struct record *rec)
{
	int ret = record_fields(rec);
	bool boot = false;

	if (ret == -ENOTSUP)
		verify_judge(v, VERDICT_UNDECIDED, "record %" PRIu64
			     ": template %.*s is not known",
			     v->log->pos.number, (int)rec->template_name_len,
			     rec->template_name);
	else if (ret)
		verify_wrong_record(v, "template data is not what its "
				    "template holds");
	ret = ret ? 0 : check_fields(v, rec, &boot);
	return ret ? ret : chain_add(&v->chain, rec, v->log->pos.number, boot);
}
