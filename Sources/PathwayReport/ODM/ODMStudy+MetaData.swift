import PathwayCore

extension ODMStudy {
    /// Each kind of milestone is an event that may come again, with one form of one group of items.
    func events(_ xml: inout XMLText) {
        xml.open("Protocol")
        for (place, kind) in MilestoneKind.allCases.enumerated() {
            xml.empty(
                "StudyEventRef",
                [("StudyEventOID", "SE.\(kind.rawValue)"), ("OrderNumber", "\(place + 1)"), ("Mandatory", "No")])
        }
        xml.close("Protocol")
        for kind in MilestoneKind.allCases {
            let name = kind.rawValue
            xml.open(
                "StudyEventDef",
                [
                    ("OID", "SE.\(name)"), ("Name", name), ("Repeating", "Yes"),
                    ("Type", kind.track == .phase ? "Scheduled" : "Unscheduled"),
                ])
            xml.empty("FormRef", [("FormOID", "FO.\(name)"), ("OrderNumber", "1"), ("Mandatory", "Yes")])
            xml.close("StudyEventDef")
        }
        for name in MilestoneKind.allCases.map(\.rawValue) {
            xml.open("FormDef", [("OID", "FO.\(name)"), ("Name", name), ("Repeating", "No")])
            xml.empty("ItemGroupRef", [("ItemGroupOID", "IG.\(name)"), ("OrderNumber", "1"), ("Mandatory", "Yes")])
            xml.close("FormDef")
        }
        for kind in MilestoneKind.allCases {
            let name = kind.rawValue
            xml.open("ItemGroupDef", [("OID", "IG.\(name)"), ("Name", name), ("Repeating", "No")])
            for (place, item) in ODMItem.all(of: kind).enumerated() {
                xml.empty(
                    "ItemRef",
                    [
                        ("ItemOID", item.identifier), ("OrderNumber", "\(place + 1)"),
                        ("Mandatory", item.isMandatory(in: kind) ? "Yes" : "No"),
                    ])
            }
            xml.close("ItemGroupDef")
        }
    }

    func items(_ xml: inout XMLText) {
        for item in ODMItem.all {
            let shape = item.shape
            xml.open(
                "ItemDef",
                [
                    ("OID", item.identifier), ("Name", item.name), ("DataType", shape.type),
                    ("Length", shape.length.map(String.init)), ("SignificantDigits", shape.decimals.map(String.init)),
                ])
            if !shape.unit.isEmpty { xml.empty("MeasurementUnitRef", [("MeasurementUnitOID", "MU.\(shape.unit)")]) }
            if let (low, high) = shape.range {
                for (comparator, limit) in [("GE", low), ("LE", high)] {
                    xml.open("RangeCheck", [("Comparator", comparator), ("SoftHard", "Hard")])
                    xml.text("CheckValue", limit)
                    xml.close("RangeCheck")
                }
            }
            if !words(of: item).isEmpty { xml.empty("CodeListRef", [("CodeListOID", "CL.\(item.name)")]) }
            xml.close("ItemDef")
        }
    }

    func codeLists(_ xml: inout XMLText) {
        for item in ODMItem.all {
            // A list without words, as of the risk groups of a protocol that has none, would be no list.
            let words = words(of: item)
            guard !words.isEmpty else { continue }
            xml.open("CodeList", [("OID", "CL.\(item.name)"), ("Name", item.name), ("DataType", "text")])
            for word in words {
                guard let list = item.protocolWord else {
                    xml.empty("EnumeratedItem", [("CodedValue", word)])
                    continue
                }
                xml.open("CodeListItem", [("CodedValue", word)])
                xml.open("Decode")
                xml.text("TranslatedText", vocabulary.title(word, list))
                xml.close("Decode")
                xml.close("CodeListItem")
            }
            xml.close("CodeList")
        }
    }

    private func words(of item: ODMItem) -> [String] {
        guard let list = item.protocolWord, case .field(let field) = item else { return item.shape.words }
        return vocabulary.words(list, of: field)
    }
}

extension ODMItem {
    fileprivate var protocolWord: ProtocolWord? {
        if case .field(let field) = self, case .word(let list) = field.type { list } else { nil }
    }

    fileprivate func isMandatory(in kind: MilestoneKind) -> Bool {
        switch self {
        case .on, .answer: true
        case .field(let field): kind.required.contains(field)
        }
    }
}
