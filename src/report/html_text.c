/* The small pieces that the page is put together from. */
#include "report/html.h"
#include "report/words.h"

#include <stdio.h>
#include <string.h>

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

bool html_begin_row(struct html_room *room)
{
    room->left_out += room->left_out > 0;
    room->row = text_size(room->text);
    return room->left_out == 0;
}

void html_end_row(struct html_room *room)
{
    if (text_size(room->text) <= room->limit) {
        text_spill(room->text);
        return;
    }
    text_cut(room->text, room->row);
    room->left_out = 1;
}

void html_end_room(const struct html_room *room, const char *noun, const char *command)
{
    if (!room->left_out)
        return;
    text_add(room->text, "<p class=\"soft\">");
    words_add_count(room->text, (int64_t)room->left_out, noun);
    text_printf(room->text, " more would make this page too long: <code>%s</code> has all.</p>\n",
                command);
}

void html_begin_page(struct text *text, const struct report_view *view, const char *title)
{
    text_add(text, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                   "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                   "<meta name=\"color-scheme\" content=\"light dark\">\n"
                   "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    text_add(text, title);
    if (view->host) {
        text_add(text, " – ");
        text_add_html(text, view->host);
    }
    text_printf(text, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", html_style);
}

void html_end_page(struct text *text, const struct report_view *view)
{
    text_add(text, "<footer>Written by certroll");
    if (view->version) {
        text_add(text, " ");
        text_add_html(text, view->version);
    }
    text_add(text, "</footer>\n</body>\n</html>\n");
}

void html_begin_verdict(struct text *text, const char *kind, const char *host, instant at)
{
    /* Drawn in a square of 24, so that colour is never the only carrier. */
    static const struct {
        const char *kind;
        const char *path;
    } signs[] = {
        {"ok", "M5 12.5l4.5 4.5L19 7.5"},
        {"warning", "M12 5v9M12 18v1"},
        {"changed", "M5 12h13M13 6.5l5.5 5.5-5.5 5.5"},
        {"failed", "M6.5 6.5l11 11M17.5 6.5l-11 11"},
    };
    size_t i = 0;
    while (i + 1 < sizeof(signs) / sizeof(*signs) && strcmp(signs[i].kind, kind) != 0)
        i++;
    text_printf(text,
                "<header class=\"%s\"><div class=\"verdict\">\n<svg class=\"sign\" "
                "aria-hidden=\"true\" viewBox=\"0 0 24 24\"><path d=\"%s\"/></svg>\n<div><p>",
                kind, signs[i].path);
    if (host) {
        text_add(text, "<strong>");
        html_add_inline(text, host);
        text_add(text, "</strong>, ");
    }
    html_add_time(text, at);
    text_add(text, "</p>\n");
}

void html_end_verdict(struct text *text)
{
    text_add(text, "</div></div>\n");
}

void html_add_figure(struct text *text, const char *name, int64_t count, const char *kind)
{
    bool coloured = count && kind;
    text_printf(text, "<div%s%s%s><dt>%s</dt><dd>%lld</dd></div>\n", coloured ? " class=\"" : "",
                coloured ? kind : "", coloured ? "\"" : "", name, (long long)count);
}
