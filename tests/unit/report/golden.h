/* golden: what came out against what is kept in golden/. */
#ifndef CERTROLL_TESTS_REPORT_GOLDEN_H
#define CERTROLL_TESTS_REPORT_GOLDEN_H

/* Fails the test where text is not the file's content. With CERTROLL_UPDATE_GOLDEN in the
 * environment the file is written instead: look at the difference before it is committed. path is
 * absolute. */
void golden_check(const char *path, const char *text);

#endif
