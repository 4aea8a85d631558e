import PathwayEstimates
import Testing

/// Distributions and proportions against R, boundaries against rpact.
@Suite struct FunctionAgreementTests {
    @Test func `distributions are those of R to twelve digits`() throws {
        let judge = try Judge.shared()
        let verdicts = judge.verdicts(of: "functions") { !$0.hasPrefix("proportion/") }
        var ours: [String: Double?] = [:]
        for key in verdicts.keys {
            let words = key.split(separator: "/").map(String.init)
            let numbers = words.dropFirst().compactMap(Double.init)
            switch words[0] {
            case "normal": ours[key] = NormalDistribution.lowerTail(numbers[0])
            case "density": ours[key] = NormalDistribution.density(numbers[0])
            case "quantile": ours[key] = NormalDistribution.quantile(numbers[0])
            case "chi": ours[key] = ChiSquareDistribution.upperTail(numbers[1], degreesOfFreedom: Int(numbers[0]))
            case "beta": ours[key] = BetaDistribution.lowerTail(numbers[2], numbers[0], numbers[1])
            default: Issue.record("\(key) is no function")
            }
        }
        #expect(ours.count > 200)
        for (key, our) in ours {
            guard let our, let verdict = verdicts[key].flatMap(\.self) else { continue }
            #expect(abs(our - verdict) <= 1e-12 * abs(verdict) + 1e-300, "\(key): \(our), R: \(verdict)")
        }
    }

    @Test func `intervals of proportions are those of binom.test and prop.test`() throws {
        let verdicts = try Judge.shared().verdicts(of: "functions") { $0.hasPrefix("proportion/") }
        var ours: [String: Double?] = [:]
        for key in verdicts.keys where key.hasSuffix("/exact/lower") {
            let words = key.split(separator: "/")
            let proportion = try Proportion(#require(Int(words[1])), of: #require(Int(words[2])))
            let base = words[..<3].joined(separator: "/")
            ours[base + "/exact/lower"] = proportion.clopperPearson().lower
            ours[base + "/exact/upper"] = proportion.clopperPearson().upper
            ours[base + "/score/lower"] = proportion.wilson().lower
            ours[base + "/score/upper"] = proportion.wilson().upper
        }
        #expect(ours.count > 200)
        expect(ours, toBe: verdicts, within: 1e-10, of: "proportions")
    }
}
