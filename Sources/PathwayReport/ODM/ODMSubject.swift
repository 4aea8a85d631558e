import PathwayCore

/// One subject's record in the making as XML.
struct ODMSubject {
    let subject: Subject
    let disguise: Disguise
    /// What was met on the way.
    var vocabulary: ODMVocabulary
    private var xml = XMLText()
    private var moments: [Int: Instant] = [:]

    init(_ subject: Subject, _ disguise: Disguise, _ vocabulary: ODMVocabulary) {
        self.subject = subject
        self.disguise = disguise
        self.vocabulary = vocabulary
    }

    /// Everything that was recorded of the subject, each value with who, where, when and why.
    ///
    /// The subject is inserted with what was recorded before the first correction; from there on an existing subject is updated.
    mutating func written() throws(ExportError) -> [UInt8] {
        let transactions = try subject.transactions()
        moments = try moments(of: transactions)
        let inserted = transactions.prefix { $0.kind == .insert }
        try write(inserted, as: .insert)
        let rest = transactions[inserted.endIndex...]
        if !rest.isEmpty { try write(rest, as: .update) }
        return xml.bytes
    }

    private mutating func write(
        _ transactions: ArraySlice<RecordTransaction>, as kind: RecordTransaction.Kind
    ) throws(ExportError) {
        vocabulary.meet(site: subject.site)
        xml.open("SubjectData", [("SubjectKey", subject.id.description), ("TransactionType", kind.rawValue)])
        xml.empty("SiteRef", [("LocationOID", "LO.\(subject.site)")])
        if subject.isSynthetic {
            xml.open("Annotation", [("SeqNum", "1")])
            xml.text("Comment", "synthetic patient, made up by a simulation", [("SponsorOrSite", "Sponsor")])
            xml.close("Annotation")
        }
        for transaction in transactions { try write(transaction) }
        xml.close("SubjectData")
    }

    private mutating func write(_ transaction: RecordTransaction) throws(ExportError) {
        let name = transaction.entry.milestone.kind.rawValue
        let type = transaction.kind.rawValue
        xml.open(
            "StudyEventData",
            [
                ("StudyEventOID", "SE.\(name)"), ("StudyEventRepeatKey", "\(transaction.key)"),
                ("TransactionType", type),
            ])
        if transaction.kind == .remove {
            try write(transaction.audit)
        } else {
            xml.open("FormData", [("FormOID", "FO.\(name)"), ("TransactionType", type)])
            xml.open("ItemGroupData", [("ItemGroupOID", "IG.\(name)"), ("TransactionType", type)])
            try values(transaction)
            xml.close("ItemGroupData")
            xml.close("FormData")
        }
        xml.close("StudyEventData")
    }

    /// The values as they are now; of an update also those that were there and are there no longer.
    private mutating func values(_ transaction: RecordTransaction) throws(ExportError) {
        let before = transaction.before.map(values) ?? []
        let now = values(transaction.entry)
        for (item, value) in now {
            let type = before.contains { $0.item == item } ? RecordTransaction.Kind.update : .insert
            try write(item, value, type, transaction.audit)
        }
        for (item, _) in before where !now.contains(where: { $0.item == item }) {
            try write(item, nil, .remove, transaction.audit)
        }
    }

    private mutating func write(
        _ item: ODMItem, _ value: String?, _ type: RecordTransaction.Kind, _ audit: RecordTransaction.Audit
    ) throws(ExportError) {
        if case .field(let field) = item, case .word = field.type, let value { vocabulary.meet(value, of: field) }
        xml.open(
            "ItemData", [("ItemOID", item.identifier), ("Value", value), ("TransactionType", type.rawValue)])
        try write(audit)
        xml.close("ItemData")
    }

    private mutating func write(_ audit: RecordTransaction.Audit) throws(ExportError) {
        guard let moment = moments[audit.position] else { throw ODMFormat.needsDates }
        vocabulary.meet(user: audit.act.recordedBy)
        xml.open("AuditRecord")
        xml.empty("UserRef", [("UserOID", "US.\(audit.act.recordedBy)")])
        xml.empty("LocationRef", [("LocationOID", "LO.\(subject.site)")])
        xml.text("DateTimeStamp", moment.description)
        if let reason = audit.reason { xml.text("ReasonForChange", reason) }
        xml.text("SourceID", "\(audit.position)" + (audit.act.importedBy.map { ", through \($0)" } ?? ""))
        xml.close("AuditRecord")
    }

    /// The moment of each position of the record, a second and more behind the one before it.
    ///
    /// As days alone, an original and its correction would be one instant, or stand in the wrong order: a correction can move an event to an earlier
    /// day. The seconds say no more than that order, which the positions tell too.
    private func moments(of transactions: [RecordTransaction]) throws(ExportError) -> [Int: Instant] {
        var moments: [Int: Instant] = [:]
        var last: Instant?
        for audit in transactions.map(\.audit) where moments[audit.position] == nil {
            guard let shown = disguise.recordedAt(audit.act, of: subject) else { throw ODMFormat.needsDates }
            let next = last.map { max(shown, Instant(microseconds: $0.microseconds + 1_000_000)) } ?? shown
            moments[audit.position] = next
            last = next
        }
        return moments
    }

    private func values(_ entry: RecordedEntry) -> [(item: ODMItem, value: String)] {
        ODMItem.all(of: entry.milestone.kind).compactMap { item in
            value(item, entry).map { (item, $0) }
        }
    }

    private func value(_ item: ODMItem, _ entry: RecordedEntry) -> String? {
        switch item {
        case .on: return disguise.date(entry.milestone.on, of: subject)?.description
        case .answer: return entry.answer.rawValue
        case .field(let field):
            switch entry.milestone.facts[field] {
            case nil: return nil
            case .date(let date)?: return disguise.date(date, of: subject)?.description
            case .number(let years)? where field == .age: return String(Disguise.age(years).years)
            case let value?: return field.text(value)
            }
        }
    }
}
