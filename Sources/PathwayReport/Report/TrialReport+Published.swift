internal import PathwayCore
internal import PathwayEstimates

extension TrialReport {
    /// What was published, cut by cut, each figure with ours at the same cut.
    var publishedBeside: String {
        var html = HTML.paragraph(
            "Two results of one trial differ by cut, analysis set and denominator: each stands with its own. Ours are of the patients of this snapshot\(madeUp == 0 ? "" : madeUp == context.cut.patients ? ", who are made up" : ", some of whom are made up"), at the cut of the publication, twice: with patients followed to their last contact, and to the cut unless lost."
                + (context.cut.isSynthetic
                    ? " Made-up patients were given the published counts of first events and not their times: survival at two years agrees, hazard ratios and interim looks need not."
                    : ""))
        for beside in beside {
            let publication = beside.publication
            html += HTML.heading(3, "\(publication.name), cut \(publication.through)")
            html += HTML.paragraph(
                "\(publication.title). Read in: \(publication.source). \(publication.note.sentence)", class: "note")
            guard let lastContact = beside.lastContact, let atCut = beside.atCut else {
                html += HTML.paragraph(
                    "This snapshot was cut on \(context.cut.through), before that: ours are not shown.", class: "note")
                html += table(publication, nil, nil)
                continue
            }
            html += table(publication, lastContact, atCut)
        }
        return html
    }

    private func table(
        _ publication: PublishedResults.Publication, _ lastContact: CohortAnalysis?, _ atCut: CohortAnalysis?
    ) -> String {
        func analysis(_ cohort: CohortAnalysis?, _ name: String) -> ArmAnalysis? {
            cohort?.randomised(by: name, .randomisedAndEligible)
        }
        var rows: [[String?]] = publication.results.map { result in
            let (one, other) = (analysis(lastContact, result.randomisation), analysis(atCut, result.randomisation))
            let first = one.flatMap { ours(result, $0) }
            return [
                title(of: result), result.arm, result.words,
                result.denominator.map(String.init) ?? "not stated",
                // A share of patients does not hang on how long they were followed.
                first, result.year == nil ? first : other.flatMap { ours(result, $0) },
                one?.arms.first { $0.arm == result.arm }.map { String($0.patients) },
            ]
        }
        for ratio in publication.ratios {
            let (one, other) = (analysis(lastContact, ratio.randomisation), analysis(atCut, ratio.randomisation))
            rows.append([
                "\(endpointTitle(ratio.of)): hazard ratio against \(ratio.reference)", ratio.arm,
                "\(fixed(ratio.ratio, 2)) (\(fixed(ratio.lower, 2)) to \(fixed(ratio.upper, 2)))",
                ratio.denominator.map(String.init) ?? "not stated", one.flatMap { ours(ratio, $0) },
                other.flatMap { ours(ratio, $0) }, one.map { String($0.patients) },
            ])
        }
        return HTML.table(
            "Percent, ± standard error where it was printed; hazard ratios with 95 % intervals; ours: \(AnalysisSet.randomisedAndEligible.title)\(context.cut.population == .enrolled ? "" : " of the population \"\(context.cut.population.text)\"")",
            [
                "Result", "Arm", "Published", "Denominator", "Ours, to last contact", "Ours, to the cut",
                "Our denominator",
            ], rows, numbers: [2, 3, 4, 5, 6])
    }

    private func endpointTitle(_ name: String) -> String {
        context.treatment.plan.endpoints.first { $0.name == name }?.title ?? name
    }

    private func title(of result: PublishedResults.Share) -> String {
        switch result.of {
        case "transplanted": "Transplanted"
        case "mrd-negative":
            "Residual disease negative, "
                + (result.timePoint.map { $0 == 0 ? "before randomisation" : "after course \($0)" }
                    ?? "time point not stated; ours after course 1")
        default: "\(endpointTitle(result.of)) at \(result.year.map(String.init) ?? "?") years"
        }
    }

    private func ours(_ result: PublishedResults.Share, _ analysis: ArmAnalysis) -> String? {
        guard analysis.isWhole else { return "not given" }
        guard analysis.arms.contains(where: { $0.arm == result.arm && $0.patients > 0 }) else { return "nobody" }
        switch result.of {
        case "transplanted": return TrialReport.text(analysis.transplanted(arm: result.arm), interval: false)
        case "mrd-negative":
            let number = result.timePoint ?? 1
            guard let point = analysis.responseTimePoints.first(where: { $0.number == number }),
                let count = analysis.response(at: point, arm: result.arm)
            else { return nil }
            return TrialReport.text(count.amongAll, interval: false)
        default:
            guard let endpoint = analysis.endpoints.first(where: { $0.name == result.of }), let year = result.year,
                case .success(let figure) = analysis.survival(endpoint, arm: result.arm),
                let found = try? figure.value.estimate(at: AnalysisYear.day(year))
            else { return "not reached" }
            return TrialReport.text(found.survival, found.standardError)
        }
    }

    private func ours(_ ratio: PublishedResults.Ratio, _ analysis: ArmAnalysis) -> String? {
        guard let endpoint = analysis.endpoints.first(where: { $0.name == ratio.of }),
            analysis.comparison?.reference == ratio.reference,
            case .success(let found) = analysis.compare(endpoint), let own = found.hazardRatio
        else { return "not given" }
        return TrialReport.text(own)
    }
}

extension PublishedResults.Share {
    fileprivate var words: String {
        fixed(percent, percent == percent.rounded() ? 0 : 1) + (error.map { " ± \(fixed($0, 1))" } ?? "")
    }
}

extension String {
    /// With a capital and a full stop.
    fileprivate var sentence: String { prefix(1).uppercased() + dropFirst() + (hasSuffix(".") ? "" : ".") }
}
