/// How one line is told from another: by its dashes first, and by its colour where there is one.
struct LinePattern {
    let dash: String?
    let colour: String

    /// Dark enough to be read in grey, and told apart by those who see fewer colours (after Okabe and Ito's palette, darkened).
    private static let all = [
        LinePattern(dash: nil, colour: "#1b4f8a"), LinePattern(dash: "7 3", colour: "#b34700"),
        LinePattern(dash: "2 3", colour: "#00694b"), LinePattern(dash: "9 3 2 3", colour: "#7a3b73"),
        LinePattern(dash: "14 4", colour: "#5c4a00"), LinePattern(dash: "4 2 1 2 1 2", colour: "#444444"),
    ]

    /// The pattern of the line in this place, from 0.
    static func number(_ place: Int) -> LinePattern { all[place % all.count] }

    func ink(_ width: Double = 1.8) -> SVG.Ink { .line(colour, width, dash: dash) }
}
