/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the library offers.  Errors are -errno; nothing is printed.
 *
 *	record.h	one record of the measurement list, and its fields
 *	log.h		records one after the other, from files, the archive
 *			and the kernel's list
 *	kernel.h	the list itself, and trimming it
 *	archive.h	the archive on disk
 *	saver.h		save records, then have the kernel remove them
 *	pcrs.h		PCR values that were given or read
 *	quote.h		a TPM's quote: parse it, check its signature
 *	tpm.h		read PCRs, have them quoted
 *	attestation.h	a quote and the records up to it, as files
 *	verify.h	judge records against PCR values or a quote
 *	format.h	records in other forms; json.h: text that is safe to print
 *
 * The other headers are the library's own.
 */
#ifndef IMA_LOG_IMA_LOG_H
#define IMA_LOG_IMA_LOG_H

#include "archive.h"
#include "attestation.h"
#include "format.h"
#include "json.h"
#include "kernel.h"
#include "log.h"
#include "pcrs.h"
#include "quote.h"
#include "record.h"
#include "saver.h"
#include "tpm.h"
#include "verify.h"

#endif
