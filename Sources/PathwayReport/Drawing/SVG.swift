/// A drawing as SVG, written element by element: readable without colour, without a script and without a font of its own.
///
/// Everything that comes from outside goes through ``escaped(_:)``. Coordinates are written to a tenth, so that the same drawing has the same bytes.
public struct SVG: Sendable {
    /// How something is drawn; what is not named is left to the viewer's default.
    struct Ink {
        var stroke: String?
        var width = 1.0
        var dash: String?
        var fill: String?
        var opacity: Double?

        static func line(_ stroke: String, _ width: Double = 1, dash: String? = nil) -> Ink {
            Ink(stroke: stroke, width: width, dash: dash)
        }

        static func area(_ fill: String, opacity: Double? = nil) -> Ink { Ink(fill: fill, opacity: opacity) }
    }

    /// Where a text stands to its point.
    enum Anchor: String {
        case start, middle, end
    }

    /// A point of the drawing, from its upper left corner.
    struct Point {
        let x: Double
        let y: Double

        init(_ x: Double, _ y: Double) { (self.x, self.y) = (x, y) }
    }

    private let id: String
    let title: String
    private let description: String
    /// Its width in pixels.
    let width: Double
    /// Its height in pixels.
    var height: Double
    private var elements = ""

    static let text = "#1a1a1a"
    static let quiet = "#5a5a5a"
    static let faint = "#c8c8c8"

    /// Begins a drawing.
    /// - Parameter id: a word that no other drawing of the page has.
    init(id: String, width: Double, height: Double, title: String, description: String) {
        (self.id, self.title, self.description) = (id, title, description)
        (self.width, self.height) = (width, height)
    }

    /// The drawing as an element that a page can hold, or a file of its own.
    public var source: String {
        let id = SVG.escaped(id)
        let (width, height) = (SVG.number(width), SVG.number(height))
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)" \
            style="min-width:\(SVG.number(self.width * (self.width > 700 ? 0.62 : 0.52)))px" role="img" aria-labelledby="\(id)-title \(id)-desc" font-family="system-ui, sans-serif" font-size="12">
            <title id="\(id)-title">\(SVG.escaped(title))</title>
            <desc id="\(id)-desc">\(SVG.escaped(description))</desc>
            \(elements)</svg>

            """
    }

    mutating func line(from: Point, to: Point, _ ink: Ink) {
        elements +=
            "<line x1=\"\(SVG.number(from.x))\" y1=\"\(SVG.number(from.y))\" x2=\"\(SVG.number(to.x))\" y2=\"\(SVG.number(to.y))\"\(SVG.attributes(ink))/>\n"
    }

    /// A line through points, closed if it bounds an area.
    mutating func line(through points: [Point], closed: Bool = false, _ ink: Ink) {
        guard let first = points.first else { return }
        var path = "M\(SVG.number(first.x)) \(SVG.number(first.y))"
        for point in points.dropFirst() { path += "L\(SVG.number(point.x)) \(SVG.number(point.y))" }
        elements += "<path d=\"\(path)\(closed ? "Z" : "")\"\(SVG.attributes(ink, unfilled: true))/>\n"
    }

    mutating func rectangle(at corner: Point, width: Double, height: Double, radius: Double = 0, _ ink: Ink) {
        let round = radius > 0 ? " rx=\"\(SVG.number(radius))\"" : ""
        elements +=
            "<rect x=\"\(SVG.number(corner.x))\" y=\"\(SVG.number(corner.y))\" width=\"\(SVG.number(width))\" height=\"\(SVG.number(height))\"\(round)\(SVG.attributes(ink, unfilled: true))/>\n"
    }

    mutating func circle(at center: Point, radius: Double, _ ink: Ink) {
        elements +=
            "<circle cx=\"\(SVG.number(center.x))\" cy=\"\(SVG.number(center.y))\" r=\"\(SVG.number(radius))\"\(SVG.attributes(ink, unfilled: true))/>\n"
    }

    mutating func write(
        _ text: String, at point: Point, _ anchor: Anchor = .start, size: Double = 12, bold: Bool = false,
        fill: String = SVG.text
    ) {
        elements += "<text x=\"\(SVG.number(point.x))\" y=\"\(SVG.number(point.y))\""
        if anchor != .start { elements += " text-anchor=\"\(anchor.rawValue)\"" }
        if size != 12 { elements += " font-size=\"\(SVG.number(size))\"" }
        if bold { elements += " font-weight=\"bold\"" }
        elements += " fill=\"\(fill)\">\(SVG.escaped(text))</text>\n"
    }

    /// An arrow whose head ends at a point.
    mutating func arrow(from: Point, to: Point, _ stroke: String = SVG.quiet) {
        line(from: from, to: to, .line(stroke, 1.2))
        let isDown = abs(to.y - from.y) > abs(to.x - from.x)
        let head =
            isDown
            ? [to, Point(to.x - 4, to.y - 7), Point(to.x + 4, to.y - 7)]
            : [to, Point(to.x - 7, to.y - 4), Point(to.x - 7, to.y + 4)]
        line(through: head, closed: true, .area(stroke))
    }

    private static func attributes(_ ink: Ink, unfilled: Bool = false) -> String {
        var words = ""
        if let stroke = ink.stroke {
            words += " stroke=\"\(stroke)\""
            if ink.width != 1 { words += " stroke-width=\"\(number(ink.width))\"" }
            if let dash = ink.dash { words += " stroke-dasharray=\"\(dash)\"" }
        }
        if let fill = ink.fill { words += " fill=\"\(fill)\"" } else if unfilled { words += " fill=\"none\"" }
        if let opacity = ink.opacity { words += " opacity=\"\(hundredths(opacity))\"" }
        return words
    }

    /// A text as it stands between tags or in a quoted attribute; characters that XML does not take are left out.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\t", "\n", "\r": escaped += " "
            default:
                if scalar.value >= 0x20, scalar.value != 0xFFFE, scalar.value != 0xFFFF {
                    escaped.unicodeScalars.append(scalar)
                }
            }
        }
        return escaped
    }

    /// A number to a tenth.
    static func number(_ value: Double) -> String { decimal(value, places: 1) }

    private static func hundredths(_ value: Double) -> String { decimal(value, places: 2) }
}

/// A number with exactly so many decimals, as a column of figures has them.
func fixed(_ value: Double, places: Int) -> String {
    let short = decimal(value, places: places)
    let after = short.firstIndex(of: ".").map { short.distance(from: $0, to: short.endIndex) - 1 } ?? 0
    return short + (after == 0 && places > 0 ? "." : "") + String(repeating: "0", count: places - after)
}

/// A number with at most so many decimals, without zeros at the end.
func decimal(_ value: Double, places: Int) -> String {
    precondition(value.isFinite, "a drawing has finite numbers")
    var scale = 1
    for _ in 0..<places { scale *= 10 }
    let whole = Int((value * Double(scale)).rounded())
    let (before, after) = abs(whole).quotientAndRemainder(dividingBy: scale)
    var digits = String(after)
    while digits.count < places { digits = "0" + digits }
    while digits.hasSuffix("0") { digits.removeLast() }
    return (whole < 0 ? "-" : "") + String(before) + (digits.isEmpty ? "" : "." + digits)
}
