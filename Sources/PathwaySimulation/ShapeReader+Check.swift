internal import PathwayCore
internal import PathwayDocument

extension ShapeReader.Parts {
    /// Checks what only the whole shape shows: nesting, and cards that do not fit where they are dealt.
    func check(_ collector: FaultCollector) {
        var isSound = true
        for segment in segments where reaches(segment.items, segment.name, depth: 0) {
            collector.add(segment.line, "segment \"\(segment.name)\" contains itself")
            isSound = false
        }
        guard isSound else { return }
        for bag in bags where bag.cards.contains(where: { deals($0.items) }) {
            collector.add(bag.line, "bag \"\(bag.name)\" deals from a deck: how often would be left to chance")
        }
        for step in steps {
            for deck in step.deals.map({ decks[$0] }) + step.draws.map({ bags[$0] }) {
                if deck.cards.contains(where: { !$0.items.isEmpty }) {
                    collector.add(
                        step.line, "\"\(deck.name)\" brings steps: it stands in a list of steps, not in a step")
                }
                for rule in deck.cards.flatMap(\.facts) where !step.kind.takes(rule.field) {
                    collector.add(
                        step.line,
                        "\"\(step.kind.rawValue)\" has no field \"\(rule.field.rawValue)\" of \"\(deck.name)\"")
                }
            }
        }
        for item in segments.flatMap(\.items) + ways.flatMap(\.items) + (decks + bags).flatMap(\.cards).flatMap(\.items)
        {
            let deck: Deck
            switch item {
            case .deal(let index): deck = decks[index]
            case .draw(let index): deck = bags[index]
            case .step, .segment: continue
            }
            if !deck.quantiles.isEmpty || deck.cards.contains(where: { !$0.bringsSteps }) {
                collector.add(deck.line, "\"\(deck.name)\" brings facts: it is dealt to a step, not in a list of steps")
            }
        }
    }

    private func reaches(_ items: [ScriptItem], _ name: String, depth: Int) -> Bool {
        guard depth < 40 else { return true }
        return items.contains { item in
            switch item {
            case .step: false
            case .segment(let index):
                segments[index].name == name || reaches(segments[index].items, name, depth: depth + 1)
            case .deal(let index): decks[index].cards.contains { reaches($0.items, name, depth: depth + 1) }
            case .draw(let index): bags[index].cards.contains { reaches($0.items, name, depth: depth + 1) }
            }
        }
    }

    private func deals(_ items: [ScriptItem]) -> Bool {
        items.contains { item in
            switch item {
            case .step(let index): !steps[index].deals.isEmpty
            case .segment(let index): deals(segments[index].items)
            case .deal: true
            case .draw(let index): bags[index].cards.contains { deals($0.items) }
            }
        }
    }
}
