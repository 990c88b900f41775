// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The floor under verify's time: nothing but the digests of the records' data
 * and the extends, SHA-1 and SHA-256, out of memory.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/evp.h>

#include "../lib/io.h"
#include "../lib/record.h"

static void digest(EVP_MD_CTX *ctx, const EVP_MD *md, const void *a,
		   size_t a_len, const void *b, size_t b_len, uint8_t *out)
{
	EVP_DigestInit_ex2(ctx, md, NULL);
	EVP_DigestUpdate(ctx, a, a_len);
	if (b)
		EVP_DigestUpdate(ctx, b, b_len);
	EVP_DigestFinal_ex(ctx, out, NULL);
}

int main(int argc, char **argv)
{
	EVP_MD *md[2] = { EVP_MD_fetch(NULL, "SHA1", NULL),
			  EVP_MD_fetch(NULL, "SHA256", NULL) };
	EVP_MD_CTX *ctx[2] = { EVP_MD_CTX_new(), EVP_MD_CTX_new() };
	uint8_t pcr[2][32] = { { 0 } }, d[32];
	static const size_t sizes[2] = { 20, 32 };
	struct timespec start, end;
	size_t len, at, n = 0, need;
	struct record rec;
	char *list;
	int i;

	if (argc < 2 || io_read_file(AT_FDCWD, argv[1], &list, &len))
		return 1;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
	for (at = 0; at < len; at += rec.size, n++) {
		if (record_parse((uint8_t *)list + at, len - at, ORDER_LITTLE,
				 &rec, &need))
			return 1;
		for (i = 0; i < 2; i++) {
			digest(ctx[i], md[i], rec.data, rec.data_len, NULL, 0,
			       d);
			digest(ctx[i], md[i], pcr[i], sizes[i], d, sizes[i],
			       pcr[i]);
		}
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	printf("%.0f\n", ((end.tv_sec - start.tv_sec) * 1e9 + end.tv_nsec -
			  start.tv_nsec) / n);
	return 0;
}
