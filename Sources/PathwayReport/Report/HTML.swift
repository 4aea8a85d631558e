/// Pieces of a page. Everything that comes from outside goes through ``escaped(_:)``.
enum HTML {
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            // HTML has no character for these.
            case "\u{0}"..."\u{8}", "\u{B}", "\u{C}", "\u{E}"..."\u{1F}", "\u{7F}"..."\u{9F}": escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    static func heading(_ level: Int, _ text: String) -> String { "<h\(level)>\(escaped(text))</h\(level)>\n" }

    static func paragraph(_ text: String, class name: String? = nil) -> String {
        "<p\(name.map { " class=\"\($0)\"" } ?? "")>\(escaped(text))</p>\n"
    }

    static func section(_ id: String, _ title: String, _ body: String) -> String {
        "<section id=\"\(id)\">\n\(heading(2, title))\(body)</section>\n"
    }

    /// Drawings side by side, or one below the other where the page is narrow.
    static func figure(_ drawings: SVG..., caption: String) -> String { figure(drawings, caption: caption) }

    static func figure(_ drawings: [SVG], caption: String) -> String {
        let panels = drawings.map { scrolling($0.title, $0.source) }.joined()
        return
            "<figure>\n\(drawings.count == 1 ? panels : "<div class=\"panels\">\n\(panels)</div>\n")<figcaption>\(escaped(caption))</figcaption>\n</figure>\n"
    }

    /// What scrolls sideways, also by the keyboard, where the page is narrower than it can be read.
    private static func scrolling(_ label: String, _ html: String) -> String {
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"\(escaped(label))\">\(html)</div>\n"
    }

    /// A table with a caption. A cell that is `nil` says that there is nothing to say; a line break in one stays.
    /// - Parameter numbers: the columns that stand to the right.
    static func table(
        _ caption: String, _ columns: [String], _ rows: [[String?]], numbers: Set<Int> = []
    ) -> String {
        func cell(_ index: Int, _ text: String?) -> String {
            let aligned = numbers.contains(index) ? " class=\"number\"" : ""
            let words = escaped(text ?? "–").split(separator: "\n", omittingEmptySubsequences: false).joined(
                separator: "<br>")
            return index == 0 ? "<th scope=\"row\">\(words)</th>" : "<td\(aligned)>\(words)</td>"
        }
        let head = columns.enumerated().map { index, name in
            "<th scope=\"col\"\(numbers.contains(index) ? " class=\"number\"" : "")>\(escaped(name))</th>"
        }
        var html = "<table>\n<thead><tr>\(head.joined())</tr></thead>\n<tbody>\n"
        for row in rows {
            html += "<tr>" + row.enumerated().map { cell($0.offset, $0.element) }.joined() + "</tr>\n"
        }
        return
            "<figure class=\"table\">\n<figcaption>\(escaped(caption))</figcaption>\n\(scrolling(caption, html + "</tbody></table>"))</figure>\n"
    }

    /// The foot of each printed page: words, and its number. What could end the text in a style sheet is left out.
    static func pageFoot(_ words: String) -> String {
        let safe = words.filter { $0.isLetter || $0.isNumber || " .,-".contains($0) }
        return """
            @page {
              @bottom-left { content: "\(safe)"; font: 8pt system-ui, sans-serif; }
              @bottom-right { content: counter(page) " / " counter(pages); font: 8pt system-ui, sans-serif; }
            }
            """
    }

    static let style = """
        * { box-sizing: border-box; }
        body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; }
        header, main, footer { max-width: 72rem; margin: 0 auto; padding: 1rem; }
        h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.5rem 0; }
        h2 { font-size: 1.3rem; margin: 2.5rem 0 0.5rem; border-bottom: 2px solid #1a1a1a; padding-bottom: 0.2rem; }
        h3 { font-size: 1.1rem; margin: 1.75rem 0 0.5rem; }
        p { max-width: 44rem; margin: 0.5rem 0; }
        p.note, figcaption { color: #444; font-size: 0.875rem; }
        p.warning { border: 2px solid #1a1a1a; padding: 0.5rem 0.75rem; font-weight: 600; max-width: none; }
        nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; list-style: none; margin: 0.75rem 0; padding: 0; }
        nav a { color: #123f7a; }
        figure { margin: 1rem 0; }
        figcaption { max-width: 60rem; }
        .scroll {
          overflow-x: auto; background:
            linear-gradient(to right, #fff 2rem, #fff0) left / 3rem 100% local,
            linear-gradient(to left, #fff 2rem, #fff0) right / 3rem 100% local,
            linear-gradient(to right, #0006, #0000) left / 0.8rem 100% scroll,
            linear-gradient(to left, #0006, #0000) right / 0.8rem 100% scroll;
          background-color: #fff; background-repeat: no-repeat;
        }
        .scroll:focus-visible { outline: 2px solid #123f7a; }
        .panels { display: flex; flex-wrap: wrap; gap: 1rem; }
        .panels > .scroll { flex: 0 1 auto; min-width: 0; }
        svg { display: block; max-width: 100%; height: auto; }
        table { border-collapse: collapse; font-size: 0.875rem; margin: 0.75rem 0; }
        th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.75rem 0.25rem 0; border-bottom: 1px solid #c8c8c8; }
        thead th { border-bottom: 2px solid #1a1a1a; vertical-align: bottom; }
        tbody th { font-weight: 500; }
        .number { text-align: right; font-variant-numeric: tabular-nums; }
        td.number { white-space: nowrap; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.15rem 1rem; font-size: 0.9rem; margin: 0.75rem 0; }
        dt { color: #444; }
        dd { margin: 0; overflow-wrap: anywhere; }
        @media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: 0.4rem; } }
        @page { size: A4; margin: 14mm; }
        @media print {
          body { font-size: 10pt; }
          header, main, footer { max-width: none; padding: 0; }
          nav { display: none; }
          .scroll { overflow: visible; background: none; }
          svg { min-width: 0 !important; max-height: 235mm; }
          p, figcaption, figure:not(.table), tr { break-inside: avoid; }
          h2, h3, .table figcaption, thead { break-after: avoid; }
          .panels > .scroll { flex: 0 0 auto; max-width: 100%; }
          table { font-size: 7.5pt; }
          th, td { padding-right: 0.6rem; }
          section > p { break-after: avoid; }
        }
        """
}

/// A number with so many decimals, rounded half away from zero; no exponent.
func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return value.isNaN ? "not a number" : value < 0 ? "−∞" : "∞" }
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = Int((abs(value) * scale).rounded(.toNearestOrAwayFromZero))
    let sign = value < 0 && scaled > 0 ? "−" : ""
    guard decimals > 0 else { return sign + String(scaled) }
    let rest = String(scaled % Int(scale))
    return sign + String(scaled / Int(scale)) + "." + String(repeating: "0", count: decimals - rest.utf8.count) + rest
}

extension Int {
    /// So many patients, in words.
    var patients: String { self == 1 ? "1 patient" : "\(self) patients" }
}

/// A share in percent with one decimal.
func percent(_ share: Double) -> String { fixed(share * 100, 1) }

/// A p-value behind its letter: `p = 0.012`, or `p < 0.001` below what the decimals show.
func pText(_ value: Double, _ decimals: Int = 3) -> String { "p " + pValue(value, decimals, equals: "= ") }

/// A p-value: so many decimals, and `< 0.0001` below what they show.
func pValue(_ value: Double, _ decimals: Int, equals: String = "") -> String {
    let least = "0." + String(repeating: "0", count: decimals - 1) + "1"
    return value < Double(least) ?? 0 ? "< \(least)" : equals + fixed(value, decimals)
}
