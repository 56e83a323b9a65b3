/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Macros that Coccinelle cannot see through by itself, in its own language (see its
 * standard.h): what they are to the parser, not what they do.
 */
#define scoped_guard YACFE_ITERATOR
#define scoped_cond_guard YACFE_ITERATOR
#define DEFINE_LOCK_GUARD_0(...)
#define DEFINE_LOCK_GUARD_1(...)
#define DEFINE_GUARD(...)
#define DEFINE_FREE(...)
