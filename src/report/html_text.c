/* The small pieces that the page is put together from. */
#include "report/html.h"

#include <stdio.h>

enum { SHORT_FINGERPRINT = 16 };

void html_add_element(struct text *text, const char *tag, const char *string)
{
    text_printf(text, "<%s>", tag);
    text_add_html(text, string ? string : "–");
    text_printf(text, "</%s>", tag);
}

void html_add_inline(struct text *text, const char *string)
{
    html_add_element(text, "bdi", string);
}

void html_add_term(struct text *text, const char *name, const char *string)
{
    if (!string)
        return;
    text_printf(text, "<dt>%s</dt>", name);
    html_add_element(text, "dd", string);
    text_add(text, "\n");
}

void html_add_time(struct text *text, instant at)
{
    char stamp[INSTANT_TEXT_SIZE];
    instant_format(at, stamp);
    if (stamp[0])
        text_printf(text, "<time datetime=\"%s\">%.10s %.8s UTC</time>", stamp, stamp, stamp + 11);
    else
        text_add(text, "–");
}

void html_add_day(struct text *text, instant at)
{
    char stamp[INSTANT_TEXT_SIZE];
    instant_format(at, stamp);
    if (stamp[0])
        text_printf(text, "<time datetime=\"%s\">%.10s</time>", stamp, stamp);
    else
        text_add(text, "–");
}

void html_add_time_term(struct text *text, const char *name, instant at)
{
    if (at == INSTANT_NONE)
        return;
    text_printf(text, "<dt>%s</dt><dd>", name);
    html_add_time(text, at);
    text_add(text, "</dd>\n");
}

void html_add_slot(struct text *text, const char *scope, const char *type)
{
    text_add_html(text, scope ? scope : "");
    text_add(text, "/<wbr>");
    text_add_html(text, type ? type : "");
}

void html_add_fingerprint(struct text *text, const char *fingerprint)
{
    if (!fingerprint)
        return;
    char digits[SHORT_FINGERPRINT + 1];
    snprintf(digits, sizeof(digits), "%s", fingerprint);
    text_add(text, "<code title=\"");
    text_add_html(text, fingerprint);
    text_add(text, "\">");
    text_add_html(text, digits);
    text_add(text, "</code>");
}

void html_begin_section(struct text *text, const char *id, const char *title)
{
    text_printf(text, "<section aria-labelledby=\"%s\"><h2 id=\"%s\">%s</h2>\n", id, id, title);
}

void html_end_section(struct text *text)
{
    text_add(text, "</section>\n");
}

void html_begin_fold(struct text *text, const char *title, size_t count, bool open)
{
    text_printf(
        text, "<details class=\"fold\"%s><summary>%s <span class=\"count\">%zu</span></summary>\n",
        open ? " open" : "", title, count);
}

void html_end_fold(struct text *text)
{
    text_add(text, "</details>\n");
}
