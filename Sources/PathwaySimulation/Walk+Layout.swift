internal import PathwayCore

extension Walk {
    /// Lays the steps of a list out in days after enrolment, dealing and drawing as they come.
    mutating func expand(
        _ items: [ScriptItem], of way: Way, from batch: inout Batch
    ) throws(SimulationFault) {
        for item in items {
            switch item {
            case .step(let index): try lay(index, of: way, from: &batch)
            case .segment(let index): try expand(shape.segments[index].items, of: way, from: &batch)
            case .deal(let deck):
                try expand(shape.decks[deck].cards[batch.deal(deck)].items, of: way, from: &batch)
            case .draw(let bag): try expand(batch.draw(shape.bags[bag]).items, of: way, from: &batch)
            }
        }
    }

    private mutating func lay(_ index: Int, of way: Way, from batch: inout Batch) throws(SimulationFault) {
        let step = shape.steps[index]
        var draft = Draft(step: index, facts: Facts(), dates: [], offset: 0)
        var after = step.after
        fill(&draft, step.facts, from: &batch)
        for deck in step.deals {
            let card = batch.deal(deck)
            if shape.decks[deck].quantiles.isEmpty {
                fill(&draft, shape.decks[deck].cards[card].facts, from: &batch)
                after = shape.decks[deck].cards[card].after ?? after
            } else {
                let days = batch.days(shape.decks[deck], slice: card)
                after = days...days
            }
        }
        for bag in step.draws {
            let card = batch.draw(shape.bags[bag])
            fill(&draft, card.facts, from: &batch)
            after = card.after ?? after
        }
        var start = last
        if let anchor = step.anchor {
            guard let day = named[anchor] else {
                throw fault(way, step.line, "there is no step \"\(shape.stepNames[anchor])\" before this one")
            }
            start = day
        }
        draft.offset = start + (after.map { batch.random.whole($0) } ?? 0)
        if !step.isBeside {
            draft.offset = max(draft.offset, last)
            last = draft.offset
        }
        named[step.name] = draft.offset
        drafts.append(draft)
    }

    private func fill(_ draft: inout Draft, _ rules: [FactRule], from batch: inout Batch) {
        for rule in rules {
            switch rule.choice {
            case .fixed(let value): draft.facts[rule.field] = value
            case .oneOf(let values): draft.facts[rule.field] = values[batch.random.below(values.count)]
            case .number(let range): draft.facts[rule.field] = .number(batch.random.whole(range))
            case .date: draft.dates.append(rule)
            }
        }
    }
}
