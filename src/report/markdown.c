/* A comment for a merge request: what matters first, and never longer than a comment may be. */
#include "report/markdown.h"
#include "base/cleanup.h"
#include "report/words.h"
#include "report/writers.h"

enum {
    SIZE_MOST = 59990, /* bytes of it all */
    END_ROOM = 600,    /* what stands around the rows of a section behind its first */
    STATUS_OPEN = 25,  /* rows in the open of what was asked for */
};

static const struct list *list_of(const struct markdown_section *section,
                                  const struct document *document)
{
    return (const void *)((const char *)document + section->list);
}

/* The rows of a section as pointers, in its order; items NULL: how many. */
static size_t collect(const struct markdown_section *section, const struct document *document,
                      const void **items)
{
    const struct list *list = list_of(section, document);
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        const void *row = (const char *)list->items + i * section->row_size;
        if (section->keep && !section->keep(row))
            continue;
        if (items)
            items[count] = row;
        count++;
    }
    if (items && section->compare)
        qsort(items, count, sizeof(*items), section->compare);
    return count;
}

/* A blank line ends what stands before it. */
static void end_block(struct text *text)
{
    if (text->length < 2 || text->bytes[text->length - 2] != '\n')
        text_add(text, "\n");
}

/* Rows from `from` up to `to` while text stays below limit. The first that was not added. */
static size_t add_rows(const struct report_view *view, const struct markdown_section *section,
                       const void **rows, size_t from, size_t to, size_t limit, struct text *text)
{
    size_t i = from;
    text_add(text, section->head ? section->head : "");
    for (; i < to; i++) {
        struct text row CLEANUP(text_done) = TEXT_INIT;
        section->add(view, rows[i], &row);
        text->failed |= text_failed(&row);
        if (text->length + row.length + END_ROOM > limit)
            break;
        text_add(text, text_string(&row));
    }
    end_block(text);
    return i;
}

static void add_rest(const struct markdown_section *section, size_t count, struct text *text)
{
    words_add_count(text, (int64_t)count, section->noun);
    text_printf(text, " %s not shown here; `-o json` has all.\n\n", count == 1 ? "is" : "are");
}

/* rows: count of them. */
static void add_section(const struct report_view *view, const struct markdown_section *section,
                        const void **rows, size_t count, size_t limit, struct text *text)
{
    size_t open = view->kind == REPORT_STATUS ? STATUS_OPEN : section->open, shown = 0;
    if (open > count)
        open = count;
    if (open) {
        text_printf(text, "#### %s\n\n", section->title);
        shown = add_rows(view, section, rows, 0, open, limit, text);
    }
    if (shown == open && open < count) {
        text_add(text, "<details><summary>");
        if (open)
            text_printf(text, "%zu more", count - open);
        else
            text_printf(text, "%s: %zu", section->title, count);
        text_add(text, "</summary>\n\n");
        shown = add_rows(view, section, rows, open, count, limit, text);
        text_add(text, "</details>\n\n");
    }
    if (shown < count)
        add_rest(section, count - shown, text);
}

static int add_sections(const struct report_view *view, const struct document *document,
                        struct text *text)
{
    size_t limit = SIZE_MOST - MARKDOWN_FACTS_ROOM;
    for (size_t i = 0; i < markdown_section_count; i++)
        if (collect(&markdown_sections[i], document, NULL))
            limit -= markdown_sections[i].room;
    for (size_t i = 0; i < markdown_section_count; i++) {
        const struct markdown_section *section = &markdown_sections[i];
        size_t count = collect(section, document, NULL);
        if (!count)
            continue;
        const void **rows AUTO_FREE = calloc(count, sizeof(*rows));
        if (!rows)
            return -1;
        collect(section, document, rows);
        limit += section->room;
        add_section(view, section, rows, count, limit, text);
    }
    return 0;
}

int report_write_markdown(const struct report_view *view, const struct document *document,
                          struct text *text)
{
    if (markdown_add_head(view, document, text) < 0 || add_sections(view, document, text) < 0)
        return -1;
    markdown_add_facts(view, document, text);
    if (text->length > 1 && text->bytes[text->length - 2] == '\n')
        text->bytes[--text->length] = '\0';
    return 0;
}
