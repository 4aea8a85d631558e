internal import PathwayCore

extension Walk {
    /// The day of enrolment; drafts are left in the order of their days.
    mutating func calendar(
        rank: Int, of way: Way, from batch: inout Batch
    ) throws(SimulationFault) -> Day {
        guard let opens = shape.accrual.first, let closes = shape.accrual.last else {
            throw fault(way, way.line, "nobody is enrolled on any day")
        }
        var (first, latest) = (opens, min(closes, shape.until.adding(days: -last)))
        for draft in drafts {
            let step = shape.steps[draft.step]
            if let earliest = step.earliest { first = max(first, earliest.adding(days: -draft.offset)) }
            if let limit = step.latest { latest = min(latest, limit.adding(days: -draft.offset)) }
        }
        guard first <= latest else {
            throw fault(way, way.line, "there is no day of enrolment: not before \(first) and not after \(latest)")
        }
        let enrolment = Quantiles(shape.accrual.map { Int($0.number) }).value(
            slice: rank, of: shape.patients, within: Int(first.number)...Int(latest.number), using: &batch.random)
        let day = Day(number: Int32(enrolment))
        try settle(enrolledOn: day, of: way, from: &batch)
        return day
    }

    /// Places what is counted from the end, keeps what happens beside the way before the next step, and sorts.
    private mutating func settle(
        enrolledOn day: Day, of way: Way, from batch: inout Batch
    ) throws(SimulationFault) {
        let length = shape.until.days(since: day)
        for index in drafts.indices {
            let step = shape.steps[drafts[index].step]
            guard let range = step.beforeEnd else { continue }
            guard index == drafts.count - 1 else {
                throw fault(way, step.line, "nothing follows a step counted from the end")
            }
            drafts[index].offset = max(drafts[index].offset, length - batch.random.whole(range))
        }
        var next = length
        for index in drafts.indices.reversed() {
            if shape.steps[drafts[index].step].isBeside {
                drafts[index].offset = min(drafts[index].offset, next)
            } else {
                next = drafts[index].offset
            }
        }
        // Insertion keeps the order of the shape within a day, and the drafts are nearly sorted.
        for index in drafts.indices.dropFirst() {
            var place = index
            while place > 0, drafts[place].offset < drafts[place - 1].offset {
                drafts.swapAt(place, place - 1)
                place -= 1
            }
        }
    }

    /// The milestone of a draft, its dates counted back from the day and from each other.
    func milestone(
        _ draft: Draft, on day: Day, of way: Way, from batch: inout Batch
    ) throws(SimulationFault) -> Milestone {
        var facts = draft.facts
        var waiting = draft.dates
        while !waiting.isEmpty {
            let ready = waiting.firstIndex { rule in
                guard case .date(let date) = rule.choice else { return true }
                return [date.reference, date.besides?.field].allSatisfy { $0.map { facts[$0] != nil } ?? true }
            }
            guard let ready else {
                throw fault(way, shape.steps[draft.step].line, "dates that are counted from each other or from none")
            }
            let rule = waiting.remove(at: ready)
            guard case .date(let date) = rule.choice else { continue }
            let start = date.reference.flatMap { facts.day($0) } ?? day
            let chosen = date.day(
                from: start, besides: date.besides.flatMap { facts.day($0.field) }, using: &batch.random)
            facts[rule.field] = .date(ClinicalDate(containing: chosen, precision: date.precision))
        }
        do { return try Milestone(shape.steps[draft.step].kind, on: ClinicalDate(day), facts: facts) } catch {
            throw fault(way, shape.steps[draft.step].line, LineFault(error).message)
        }
    }
}

extension Facts {
    /// The first day that a date can mean.
    fileprivate func day(_ field: Field) -> Day? {
        if case .date(let date)? = self[field] { date.earliest } else { nil }
    }
}
