/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Macros that Coccinelle cannot expand. They are written in Coccinelle's own language (see
 * its standard.h). They tell Coccinelle's parser how to read a macro, not what the macro
 * does.
 */
#define scoped_guard YACFE_ITERATOR
#define scoped_cond_guard YACFE_ITERATOR
#define DEFINE_LOCK_GUARD_0(...)
#define DEFINE_LOCK_GUARD_1(...)
#define DEFINE_GUARD(...)
#define DEFINE_FREE(...)
