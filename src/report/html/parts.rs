//! The index of the pages of `--split-by`.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::words::number;
use super::{Page, head, tables, top};
use crate::base::encode::html::text as safe;
use crate::report::cost::pair_text;
use crate::report::envelope::Envelope;
use crate::report::parts_index::PartsIndex;

/// The links to the sections of the page.
const SECTIONS: &str = "<nav aria-label=\"Sections\"><a href=\"#how\">Compliance</a> <a href=\"#parts\">Reports</a> \
                        <a href=\"#not-known\">Not known</a></nav>";

/// Writes a page with the head of the whole report and a row for each part. Its links are names of files in the same folder.
///
/// # Errors
/// Those of the writer.
pub fn write_parts_page(index: &PartsIndex<'_>, out: &mut dyn Write) -> io::Result<()> {
    let report = index.report;
    let envelope = Envelope::new(report);
    let mut page = Page { text: head(report), open: false };
    page.title(report, &envelope, SECTIONS);
    page.section("how", "How are we?");
    top::compliance(report, &[], &mut page.text);
    page.section("parts", "Reports");
    let heading = |name: &String| format!("<th class=\"n\">{name}</th>");
    let headings = PartsIndex::headings().iter().map(heading).collect::<Vec<_>>().concat();
    let _ = write!(
        page.text,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Reports\"><table><thead><tr><th>{}</th>{headings}\
         {}<th>Files</th></tr></thead><tbody>",
        safe(&index.property),
        if index.all.cost.is_some() { "<th class=\"n\">cost of fails</th>" } else { "" },
    );
    for row in index.rows.iter().chain([&index.all]) {
        let links: Vec<String> = row.files.iter().map(|file| format!("<a href=\"{file}\">{file}</a>")).collect();
        let numbers: String = row.numbers().map(number).collect();
        let cost = row.cost.as_ref().map(|cost| format!("<td class=\"n\">{}</td>", safe(&pair_text(cost))));
        let state = if row.complete { "" } else { "<small>not all was read</small>" };
        let _ = write!(
            page.text,
            "<tr><th scope=\"row\">{}{state}</th>{numbers}{}<td>{}</td></tr>",
            safe(&row.name),
            cost.unwrap_or_default(),
            links.join(", ")
        );
    }
    page.text += "</tbody></table></div>";
    page.section("not-known", "What do we not know?");
    tables::gaps(report, &mut page.text)?;
    page.notices(report);
    page.text += "</section>\n</main>\n</body>\n</html>\n";
    out.write_all(page.text.as_bytes())
}
