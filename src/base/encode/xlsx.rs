//! XLSX workbooks for spreadsheets: text and whole numbers, no formulas, no links, no macros.
//!
//! A workbook is a ZIP archive of XML files (ECMA-376). Every text is an inline string, which no spreadsheet evaluates, and
//! hostile characters are written as `\u{…}`. Rows are compressed as they come, so a large sheet needs little memory. The
//! bytes depend on the content only: there is no time in the archive.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::DeflateEncoder;

use crate::base::escape;

/// The maximum number of rows of a sheet, with its header.
pub const MAX_ROWS: u32 = 1_048_576;
/// The maximum number of UTF-16 code units of a cell, in which Excel counts (Microsoft, "Excel specifications and
/// limits": 32,767 characters).
const MAX_TEXT: usize = 32_000;
/// The maximum number of characters of a sheet's name.
const MAX_NAME: usize = 31;

/// A cell of a row.
#[derive(Debug, Clone, Copy)]
pub enum Cell<'c> {
    /// A text; an empty one is no cell.
    Text(&'c str),
    /// A whole number.
    Number(u64),
    /// A decimal number: digits, at most one point, and a minus sign before a negative one.
    Decimal(&'c str),
}

/// A compressed part of the archive.
struct Part {
    name: String,
    data: DeflateEncoder<Vec<u8>>,
    crc: flate2::Crc,
    size: u64,
}

impl Part {
    fn new(name: String) -> Self {
        Self { name, data: DeflateEncoder::new(Vec::new(), Compression::default()), crc: flate2::Crc::new(), size: 0 }
    }

    fn push(&mut self, text: &str) {
        self.crc.update(text.as_bytes());
        self.size += text.len() as u64;
        self.data.write_all(text.as_bytes()).expect("writing to memory cannot fail");
    }
}

/// A sheet in progress.
pub struct Sheet {
    name: String,
    part: Part,
    rows: u32,
    columns: usize,
}

impl Sheet {
    /// A sheet with a frozen header in bold and the widths of its columns in characters.
    #[must_use]
    pub fn new(name: &str, columns: &[(&str, u32)]) -> Self {
        let mut sheet = Self { name: name.to_owned(), part: Part::new(String::new()), rows: 0, columns: columns.len() };
        sheet.part.push(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
             <worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetViews><sheetView \
             workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/>\
             </sheetView></sheetViews><cols>",
        );
        for (at, (_, width)) in columns.iter().enumerate() {
            let column = at + 1;
            sheet.part.push(&format!("<col min=\"{column}\" max=\"{column}\" width=\"{width}\" customWidth=\"1\"/>"));
        }
        sheet.part.push("</cols><sheetData>");
        sheet.write_row(columns.iter().map(|(title, _)| Cell::Text(title)), Some(1));
        sheet
    }

    /// Adds a row; `false` if the sheet has no room for it.
    pub fn row<'c>(&mut self, cells: impl IntoIterator<Item = Cell<'c>>) -> bool {
        let has_room = self.rows < MAX_ROWS;
        if has_room {
            self.write_row(cells.into_iter(), None);
        }
        has_room
    }

    fn write_row<'c>(&mut self, cells: impl Iterator<Item = Cell<'c>>, style: Option<u8>) {
        self.rows += 1;
        let mut text = format!("<row r=\"{}\">", self.rows);
        for (at, cell) in cells.enumerate() {
            let place = format!("{}{}", column_name(at), self.rows);
            match cell {
                Cell::Text("") => {}
                Cell::Text(value) => {
                    // A person who edits the cell makes no formula of it either.
                    let starts_formula = value.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r']);
                    let style = style.unwrap_or(if starts_formula { 2 } else { 0 });
                    text += &format!("<c r=\"{place}\" s=\"{style}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">");
                    text += &xml(value);
                    text += "</t></is></c>";
                }
                Cell::Decimal(value) => text += &format!("<c r=\"{place}\"><v>{}</v></c>", xml(value)),
                Cell::Number(value) => text += &format!("<c r=\"{place}\"><v>{value}</v></c>"),
            }
        }
        text += "</row>";
        self.part.push(&text);
    }

    /// The number of rows without the header.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.rows - 1
    }

    /// Returns `true` if there is only the header.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The letters of a column: `A`, `Z`, `AA`.
fn column_name(at: usize) -> String {
    let letter = char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[at % 26]);
    if at < 26 { letter.to_string() } else { format!("{}{letter}", column_name(at / 26 - 1)) }
}

/// The first characters that a cell has room for.
fn first_units(text: &str) -> &str {
    let mut units = 0;
    let end = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > MAX_TEXT
    });
    end.map_or(text, |(at, _)| &text[..at])
}

/// A text as XML: visible, and without the escapes of spreadsheets (`_x000D_`), which they would decode.
fn xml(text: &str) -> String {
    let text = escape(first_units(text));
    let text = first_units(&text);
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let hex = |rest: &str| {
            rest.len() >= 7 && rest.as_bytes()[6] == b'_' && rest.bytes().skip(2).take(4).all(|b| b.is_ascii_hexdigit())
        };
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '_' if text[at..].starts_with("_x") && hex(&text[at..]) => out.push_str("_x005F_"),
            _ => out.push(c),
        }
    }
    out
}

/// The names of the sheets: not empty, without characters that a name cannot have, and all different.
fn names(sheets: &[Sheet]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for sheet in sheets {
        let clean = |c: char| if matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'') { '-' } else { c };
        let name: String = escape(&sheet.name).chars().map(clean).take(MAX_NAME).collect();
        let name =
            if name.trim().is_empty() || name.eq_ignore_ascii_case("history") { "Sheet".to_owned() } else { name };
        let others = (2..).map(|number| {
            let number = format!(" {number}");
            name.chars().take(MAX_NAME - number.len()).collect::<String>() + &number
        });
        let mut all = std::iter::once(name.clone()).chain(others);
        let is_free = |name: &String| out.iter().all(|taken| taken.to_lowercase() != name.to_lowercase());
        out.push(all.find(is_free).expect("numbers do not end"));
    }
    out
}

const STYLES: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">\
<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>\
<font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>\
<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill></fills>\
<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>\
<cellXfs count=\"3\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>\
<xf numFmtId=\"0\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyFont=\"1\"/>\
<xf numFmtId=\"49\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" quotePrefix=\"1\"/></cellXfs>\
<cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>";

/// Writes a workbook. It needs at least one sheet.
///
/// # Errors
/// Those of the writer, and sheets of more than 4 GiB.
pub fn write(mut sheets: Vec<Sheet>, out: &mut dyn Write) -> io::Result<()> {
    let names = names(&sheets);
    let mut parts = Vec::new();
    let mut add = |name: &str, text: &str| {
        let mut part = Part::new(name.to_owned());
        part.push(text);
        parts.push(part);
    };
    let (package, office) =
        ("http://schemas.openxmlformats.org/package/2006", "http://schemas.openxmlformats.org/officeDocument/2006");
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml";
    let (mut types, mut links, mut list) = (String::new(), String::new(), String::new());
    for (at, name) in names.iter().enumerate() {
        let n = at + 1;
        types += &format!("<Override PartName=\"/xl/worksheets/sheet{n}.xml\" ContentType=\"{kind}.worksheet+xml\"/>");
        links += &format!(
            "<Relationship Id=\"rId{n}\" Type=\"{office}/relationships/worksheet\" Target=\"worksheets/sheet{n}.xml\"/>"
        );
        list += &format!("<sheet name=\"{}\" sheetId=\"{n}\" r:id=\"rId{n}\"/>", xml(name));
    }
    let style = names.len() + 1;
    add(
        "[Content_Types].xml",
        &format!(
            "{head}<Types xmlns=\"{package}/content-types\"><Default Extension=\"rels\" \
             ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" \
             ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"{kind}.sheet.main+xml\"/>\
             <Override PartName=\"/xl/styles.xml\" ContentType=\"{kind}.styles+xml\"/>{types}</Types>"
        ),
    );
    add(
        "_rels/.rels",
        &format!(
            "{head}<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"rId1\" \
             Type=\"{office}/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        ),
    );
    add(
        "xl/workbook.xml",
        &format!(
            "{head}<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
             xmlns:r=\"{office}/relationships\"><sheets>{list}</sheets></workbook>"
        ),
    );
    add(
        "xl/_rels/workbook.xml.rels",
        &format!(
            "{head}<Relationships xmlns=\"{package}/relationships\">{links}<Relationship Id=\"rId{style}\" \
             Type=\"{office}/relationships/styles\" Target=\"styles.xml\"/></Relationships>"
        ),
    );
    add("xl/styles.xml", STYLES);
    for (at, mut sheet) in sheets.drain(..).enumerate() {
        let end = format!("{}{}", column_name(sheet.columns.saturating_sub(1)), sheet.rows);
        sheet.part.push(&format!("</sheetData><autoFilter ref=\"A1:{end}\"/></worksheet>"));
        sheet.part.name = format!("xl/worksheets/sheet{}.xml", at + 1);
        parts.push(sheet.part);
    }
    archive(parts, out)
}

/// Writes a ZIP archive.
fn archive(parts: Vec<Part>, out: &mut dyn Write) -> io::Result<()> {
    let small = |size: u64| u32::try_from(size).map_err(|_| io::Error::other("a sheet has more than 4 GiB"));
    let (mut directory, mut offset, count) = (Vec::new(), 0_u64, parts.len());
    for part in parts {
        let data = part.data.finish()?;
        // Version 2.0, names in UTF-8, deflate, 1980-01-01 00:00.
        let mut fields: Vec<u8> = [20_u16, 1 << 11, 8, 0, 0x21].into_iter().flat_map(u16::to_le_bytes).collect();
        for number in [part.crc.sum(), small(data.len() as u64)?, small(part.size)?] {
            fields.extend(number.to_le_bytes());
        }
        let name = u16::try_from(part.name.len()).map_err(io::Error::other)?;
        fields.extend([name, 0].into_iter().flat_map(u16::to_le_bytes));
        directory.extend(0x0201_4b50_u32.to_le_bytes());
        directory.extend(20_u16.to_le_bytes());
        directory.extend(&fields);
        // No comment, the first disk, no attributes.
        directory.extend([0; 10]);
        directory.extend(small(offset)?.to_le_bytes());
        directory.extend(part.name.as_bytes());
        out.write_all(&0x0403_4b50_u32.to_le_bytes())?;
        out.write_all(&fields)?;
        out.write_all(part.name.as_bytes())?;
        out.write_all(&data)?;
        offset += (4 + fields.len() + part.name.len() + data.len()) as u64;
    }
    let count = u16::try_from(count).map_err(io::Error::other)?;
    out.write_all(&directory)?;
    out.write_all(&0x0605_4b50_u32.to_le_bytes())?;
    out.write_all(&[0; 4])?;
    out.write_all(&[count.to_le_bytes(), count.to_le_bytes()].concat())?;
    out.write_all(&small(directory.len() as u64)?.to_le_bytes())?;
    out.write_all(&small(offset)?.to_le_bytes())?;
    out.write_all(&[0; 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_letters() {
        assert_eq!([0, 25, 26, 701, 702].map(column_name), ["A", "Z", "AA", "ZZ", "AAA"]);
    }

    #[test]
    fn names_of_sheets_are_valid_and_different() {
        let sheets: Vec<Sheet> = ["a/b", "A-B", "", "History", "\u{1b}x", &"é".repeat(40), &"é".repeat(40)]
            .map(|name| Sheet::new(name, &[("a", 10)]))
            .into();
        let names = names(&sheets);
        assert_eq!(names[..5], ["a-b", "A-B 2", "Sheet", "Sheet 2", "-u{1b}x"]);
        assert!(names[5..].iter().all(|name| name.chars().count() == MAX_NAME) && names[5] != names[6]);
    }

    #[test]
    fn a_text_is_shown_as_it_is() {
        assert_eq!(xml("<a>&\"_x000D_ _x00_\u{ffff}\u{1b}"), "&lt;a&gt;&amp;&quot;_x005F_x000D_ _x00_\\u{ffff}\\u{1b}");
        assert_eq!(xml(&"é".repeat(40_000)).chars().count(), MAX_TEXT);
        assert_eq!(xml(&"\u{1f600}".repeat(40_000)).encode_utf16().count(), MAX_TEXT);
    }
}
