import PathwayCore

/// The head of an ODM document: the study, its units, events, forms, items and code lists, its people and sites.
struct ODMStudy {
    let context: ExportContext
    let vocabulary: ODMVocabulary

    var studyIdentifier: String { "ST.\(context.cut.protocolName)" }
    var metaDataIdentifier: String { "MDV.\(context.cut.protocolName).\(context.treatment.version)" }

    /// What stands before the clinical data.
    var head: [UInt8] {
        var xml = XMLText()
        let cut = context.cut
        xml.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
        // The instant as of which the log was read stands for the file's creation: the same cut gives the same bytes.
        xml.open(
            "ODM",
            [
                ("xmlns", "http://www.cdisc.org/ns/odm/v1.3"), ("FileType", "Transactional"),
                ("FileOID", "pathway/\(cut.name)/\(cut.digest.prefix(16))/odm"),
                ("CreationDateTime", cut.asOf.description), ("AsOfDateTime", cut.asOf.description),
                ("ODMVersion", "1.3.2"), ("Originator", "pathway"), ("SourceSystem", "pathway"),
                ("Description", description),
            ])
        study(&xml)
        administration(&xml)
        return xml.bytes
    }

    private var description: String {
        let cut = context.cut
        let synthetic = cut.isSynthetic ? "Synthetic patients, made up by a simulation. " : ""
        return
            "\(synthetic)Snapshot \(cut.name) of \(cut.protocolName) through \(cut.through); \(context.disguise.rule); "
            + "the DateTimeStamp of an AuditRecord is such a moment, and at least a second behind that of the entry recorded before it"
    }

    private func study(_ xml: inout XMLText) {
        let treatment = context.treatment
        xml.open("Study", [("OID", studyIdentifier)])
        xml.open("GlobalVariables")
        xml.text("StudyName", treatment.name)
        xml.text("StudyDescription", treatment.title)
        xml.text("ProtocolName", treatment.registry ?? treatment.name)
        xml.close("GlobalVariables")
        xml.open("BasicDefinitions")
        for unit in ODMItem.all.map(\.shape.unit).filter({ !$0.isEmpty }).uniqued() {
            xml.open("MeasurementUnit", [("OID", "MU.\(unit)"), ("Name", unit)])
            xml.open("Symbol")
            xml.text("TranslatedText", unit)
            xml.close("Symbol")
            xml.close("MeasurementUnit")
        }
        xml.close("BasicDefinitions")
        xml.open(
            "MetaDataVersion",
            [("OID", metaDataIdentifier), ("Name", "\(treatment.name), version \(treatment.version)")])
        events(&xml)
        items(&xml)
        codeLists(&xml)
        xml.close("MetaDataVersion")
        xml.close("Study")
    }

    /// People by the words that name nobody, and the sites.
    private func administration(_ xml: inout XMLText) {
        xml.open("AdminData", [("StudyOID", studyIdentifier)])
        for user in vocabulary.users.sorted() {
            xml.open("User", [("OID", "US.\(user)"), ("UserType", "Other")])
            xml.text("DisplayName", user)
            xml.close("User")
        }
        for site in vocabulary.sites.sorted() {
            xml.open("Location", [("OID", "LO.\(site)"), ("Name", site), ("LocationType", "Site")])
            xml.empty(
                "MetaDataVersionRef",
                [
                    ("StudyOID", studyIdentifier), ("MetaDataVersionOID", metaDataIdentifier),
                    ("EffectiveDate", context.treatment.effective.description),
                ])
            xml.close("Location")
        }
        xml.close("AdminData")
    }
}
