// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a list: parsed, replayed, judged and printed. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../lib/format.h"
#include "../lib/json.h"
#include "../lib/verify.h"

struct bytes {
	const uint8_t *data;
	size_t left;
};

/* In small pieces, so that records straddle reads. */
static ssize_t read_bytes(void *ctx, void *buf, size_t len)
{
	struct bytes *b = ctx;
	size_t n = b->left < 37 ? b->left : 37;

	n = n < len ? n : len;
	__builtin_memcpy(buf, b->data, n);
	b->data += n;
	b->left -= n;
	return n;
}

static void take(struct record *rec, struct hasher *h, FILE *out)
{
	struct trim_note note;
	struct snapshot snap;
	uint8_t digest[DIGEST_SIZE_MAX];

	template_digest(h, rec, digest);
	if (record_fields(rec))
		return;
	if (critical_kind(rec) == CRITICAL_SNAPSHOT)
		snapshot_parse(rec, &snap);
	if (critical_kind(rec) == CRITICAL_TRIM)
		trim_note_parse(rec, &note);
	json_record(out, rec, 0, true);
	format_ascii(out, rec);
	format_terminal(out, rec);
}

/* As verify does, which opens the file a second time for snapshots. */
static void judge(const uint8_t *data, size_t size, FILE *out)
{
	static const uint8_t value[DIGEST_SIZE_MAX];
	struct pcrs pcrs = { 0 };
	struct verify v = { .pcrs = &pcrs, .records = out };
	char path[32];
	struct log log;
	int fd = memfd_create("list", 0);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	log_init(&log, ORDER_UNKNOWN);
	if (write(fd, data, size) != (ssize_t)size ||
	    log_add(&log, PART_FILE, path, 0, 0) ||
	    pcrs_set(&pcrs, bank_alg_by_name("sha256", 6), 10, value))
		abort();
	v.log = &log;
	if (!verify_run(&v) && v.found.verdict == VERDICT_VERIFIED)
		abort();		/* nothing extends to zeros */
	verify_print_json(&v, out);
	verify_print_text(&v, out);
	log_free(&log);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct hasher h;
	static FILE *out;
	struct bytes b = { data, size };
	struct record rec;
	struct reader r;

	if (!out) {
		out = fopen("/dev/null", "w");
		hasher_init(&h, bank_alg_by_name("sha256", 6));
	}
	reader_init(&r, (struct byte_source){ read_bytes, &b }, ORDER_UNKNOWN);
	while (reader_next(&r, &rec) == 1)
		take(&rec, &h, out);
	reader_free(&r);
	judge(data, size, out);
	return 0;
}
