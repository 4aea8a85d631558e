public import PathwayCore

extension SVG {
    /// The flow of patients from enrolment to the cut, in the manner of CONSORT, with zeros and reasons.
    /// - Parameters:
    ///   - id: a word that no other drawing of the page has.
    ///   - analysed: how many of each arm are in the analysis set, by the arm's word, where that is known.
    public static func consort(
        id: String, title: String, _ count: ConsortCount, of treatment: TreatmentProtocol, analysed: [String: Int] = [:]
    ) -> SVG {
        let flow = ConsortFlow(count.results, treatment, analysed: analysed)
        let arms = max(1, flow.randomisations.reduce(0) { $0 + $1.arms.count })
        let column = arms > 4 ? 190.0 : 214.0
        let width = max(760, 18 + Double(arms) * (column + 14) + 4)
        var svg = SVG(
            id: id, width: width, height: 400, title: title,
            description: title + ". " + flow.spoken)
        svg.write(title, at: .init(18, 20), size: 14, bold: true)

        let center = width * 0.36
        var y = svg.box(flow.enrolled, x: center - 120, y: 36, width: 240)
        y = svg.side(flow.leftBeforeRisk, from: center, at: y, width: width)
        svg.arrow(from: .init(center, y.line), to: .init(center, y.next))
        y = svg.box(flow.riskAssigned, x: center - 120, y: y.next, width: 240)
        y = svg.side(flow.leftBeforeRandomisation, from: center, at: y, width: width)

        var x = 18.0
        var bottom = y.next
        let rail = y.next - 16
        svg.line(from: .init(center, y.line), to: .init(center, rail), .line(quiet, 1.2))
        for randomisation in flow.randomisations {
            let span = Double(randomisation.arms.count) * (column + 14) - 14
            let middle = x + span / 2
            svg.line(from: .init(center, rail), to: .init(middle, rail), .line(quiet, 1.2))
            svg.arrow(from: .init(middle, rail), to: .init(middle, y.next))
            let head = svg.box(randomisation.box, x: middle - 105, y: y.next, width: 210)
            for arm in randomisation.arms {
                let armMiddle = x + column / 2
                svg.line(from: .init(middle, head.line), to: .init(middle, head.line + 12), .line(quiet, 1.2))
                svg.line(from: .init(middle, head.line + 12), to: .init(armMiddle, head.line + 12), .line(quiet, 1.2))
                var step = head.line + 12
                for box in arm {
                    svg.arrow(from: .init(armMiddle, step), to: .init(armMiddle, step + 16))
                    step = svg.box(box, x: x, y: step + 16, width: column).line
                }
                bottom = max(bottom, step)
                x += column + 14
            }
        }
        svg.height = bottom + 16
        return svg
    }

    /// Where the last box ended, and where the next begins.
    private struct Foot {
        let line: Double
        let next: Double
    }

    private mutating func box(_ box: ConsortFlow.Box, x: Double, y: Double, width: Double) -> Foot {
        let lines = box.lines.flatMap { wrapped($0, width: width - 16, size: 11) }
        let heads = wrapped(box.title, width: width - 16)
        let height = Double(lines.count) * 14 + Double(heads.count) * 15 + 12
        rectangle(at: .init(x, y), width: width, height: height, radius: 3, Ink(stroke: SVG.quiet, fill: "#ffffff"))
        for (place, line) in heads.enumerated() {
            write(line, at: .init(x + 8, y + 18 + Double(place) * 15), bold: true)
        }
        for (place, line) in lines.enumerated() {
            write(line, at: .init(x + 8, y + 18 + Double(heads.count) * 15 + Double(place) * 14), size: 11)
        }
        return Foot(line: y + height, next: y + height + 34)
    }

    /// A box at the right of the trunk, for who left.
    private mutating func side(_ box: ConsortFlow.Box, from center: Double, at foot: Foot, width: Double) -> Foot {
        let x = center + 60
        let end = self.box(box, x: x, y: foot.line + 14, width: width - x - 18)
        let y = foot.line + 30
        arrow(from: .init(center, y), to: .init(x, y))
        line(from: .init(center, foot.line), to: .init(center, end.line), .line(SVG.quiet, 1.2))
        return Foot(line: end.line, next: end.line + 36)
    }
}

/// The boxes of the flow, made of the counts.
struct ConsortFlow {
    /// A box with its lines.
    struct Box {
        let title: String
        let lines: [String]
    }

    let enrolled: Box
    let leftBeforeRisk: Box
    let riskAssigned: Box
    let leftBeforeRandomisation: Box
    let randomisations: [(box: Box, arms: [[Box]])]

    init(_ rows: [ConsortCount.Row], _ treatment: TreatmentProtocol, analysed: [String: Int]) {
        let counts = ConsortLookup(rows: rows)
        let all = counts["everybody", "enrolled"]
        leftBeforeRisk = counts.leaving("everybody", "left before risk was assigned", "Left before a risk was assigned")
        let risks = treatment.risks.map { ($0.title, counts["everybody", "risk assigned: \($0.name)"]) }
        let assigned = risks.reduce(0) { $0 + $1.1 }
        let randomised = treatment.randomisations.reduce(0) { $0 + counts[$1.name, "randomised"] }
        // Where a protocol randomises before it assigns a risk, these differences say nothing.
        let withoutRisk = all - assigned - counts["everybody", "left before risk was assigned"]
        let waiting = assigned - randomised - counts["everybody", "left with a risk group before randomisation"]
        enrolled = Box(
            title: "Enrolled: \(all)", lines: withoutRisk < 0 ? [] : ["without a risk group so far: \(withoutRisk)"])
        riskAssigned = Box(
            title: "Risk assigned: \(assigned)",
            lines: risks.map { "\($0.0): \($0.1)" } + (waiting < 0 ? [] : ["not randomised so far: \(waiting)"]))
        leftBeforeRandomisation = counts.leaving(
            "everybody", "left with a risk group before randomisation", "Left before randomisation")
        randomisations = treatment.randomisations.map { randomisation in
            let box = Box(
                title: "Randomised: \(counts[randomisation.name, "randomised"])",
                lines: [randomisation.name.split(separator: "-").joined(separator: " ")])
            return (box, randomisation.arms.map { ConsortFlow.boxes(of: $0, counts, treatment, analysed) })
        }
    }

    private static func boxes(
        of arm: String, _ counts: ConsortLookup, _ treatment: TreatmentProtocol, _ analysed: [String: Int]
    ) -> [Box] {
        let title = treatment.arms.first { $0.name == arm }?.title ?? ""
        let courses = treatment.plannedCourses(of: arm).map { course in
            let (begun, ended) = (counts[arm, "began \(course.course)"], counts[arm, "ended \(course.course)"])
            return "\(course.title): \(begun), ended \(ended), early \(counts[arm, "stopped \(course.course)"])"
        }
        let none = counts[arm, "allocated"] - counts[arm, "began a course"]
        let statuses = Status.allCases.map { "\($0.text): \(counts[arm, "status at the cut: \($0.rawValue)"])" }
        var last = [Box(title: "Status at the cut", lines: statuses)]
        if let patients = analysed[arm] {
            last.append(
                Box(title: "Analysed: \(patients)", lines: ["left out: \(counts[arm, "allocated"] - patients)"]))
        }
        return [
            Box(title: "\(arm): \(counts[arm, "allocated"])", lines: [title, "began no course: \(none)"]),
            Box(title: "Courses begun", lines: courses + ["Transplanted: \(counts[arm, "transplanted"])"]),
            counts.leaving(arm, "ended treatment", "Ended treatment"),
        ] + last
    }

    /// The flow for who does not see it.
    var spoken: String {
        let trunk = [enrolled, leftBeforeRisk, riskAssigned, leftBeforeRandomisation]
        let arms = randomisations.flatMap { [$0.box] + $0.arms.joined() }
        return (trunk + arms).map { ([$0.title] + $0.lines).joined(separator: ", ") }.joined(separator: ". ")
    }
}

private struct ConsortLookup {
    let rows: [ConsortCount.Row]

    subscript(group: String, item: String) -> Int {
        rows.first { $0.group == group && $0.item == item && $0.reason == nil }?.patients ?? 0
    }

    /// Who left, with each reason; those that nobody had stand together in one line.
    func leaving(_ group: String, _ item: String, _ title: String) -> ConsortFlow.Box {
        let reasons = rows.filter { $0.group == group && $0.item == item }.compactMap { row in
            row.reason.map { (words: $0.split(separator: "-").joined(separator: " "), patients: row.patients) }
        }
        let some = reasons.filter { $0.patients > 0 }.map { "\($0.words): \($0.patients)" }
        let none = reasons.filter { $0.patients == 0 }.map(\.words)
        return ConsortFlow.Box(
            title: "\(title): \(self[group, item])",
            lines: some + (none.isEmpty ? [] : ["0 each: " + none.joined(separator: ", ")]))
    }
}
