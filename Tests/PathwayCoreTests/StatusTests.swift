import PathwayCore
import Testing

/// The second of the two tracks: its rules are the same for every protocol, so the whole table stands here.
@Suite struct StatusTests {
    private static let free: [Status] = [.inStudy, .relapsed, .secondMalignancy]

    /// Kinds on the treatment track; whether they may come is then the document's business.
    private static let treatment: [MilestoneKind] = [
        .enrolled, .courseStarted, .courseEnded, .responseAssessed, .riskAssigned, .randomised, .infusionHeld,
        .infusionResumed, .infusionStopped, .radiotherapyStarted, .radiotherapyEnded, .donorIdentified,
        .conditioningStarted, .transplanted, .engrafted, .adverseEvent, .crossoverOffered, .crossoverStarted,
        .offTherapy,
    ]

    private static let moves: [(MilestoneKind, [Status: [Status]])] = [
        (
            .seen,
            [
                .inStudy: [.inStudy], .relapsed: [.relapsed], .secondMalignancy: [.secondMalignancy],
                .lost: [.inStudy, .relapsed, .secondMalignancy], .withdrawn: [], .offStudy: [], .dead: [],
            ]
        ),
        (
            .relapsed,
            [
                .inStudy: [.relapsed], .relapsed: [.relapsed], .secondMalignancy: [.relapsed], .lost: [.relapsed],
                .withdrawn: [], .offStudy: [], .dead: [],
            ]
        ),
        (
            .secondMalignancy,
            [
                .inStudy: [.secondMalignancy], .relapsed: [.secondMalignancy], .secondMalignancy: [.secondMalignancy],
                .lost: [.secondMalignancy], .withdrawn: [], .offStudy: [], .dead: [],
            ]
        ),
        (
            .lostToFollowUp,
            [
                .inStudy: [.lost], .relapsed: [.lost], .secondMalignancy: [.lost], .lost: [], .withdrawn: [],
                .offStudy: [], .dead: [],
            ]
        ),
        (
            .consentWithdrawn,
            [
                .inStudy: [.withdrawn], .relapsed: [.withdrawn], .secondMalignancy: [.withdrawn], .lost: [.withdrawn],
                .withdrawn: [], .offStudy: [], .dead: [],
            ]
        ),
        (
            .offStudy,
            [
                .inStudy: [.offStudy], .relapsed: [.offStudy], .secondMalignancy: [.offStudy], .lost: [.offStudy],
                .withdrawn: [], .offStudy: [], .dead: [],
            ]
        ),
        (
            .died,
            [
                .inStudy: [.dead], .relapsed: [.dead], .secondMalignancy: [.dead], .lost: [.dead], .withdrawn: [],
                .offStudy: [.dead], .dead: [],
            ]
        ),
    ]

    @Test func `the table speaks of every milestone`() {
        #expect(Set(StatusTests.treatment + StatusTests.moves.map(\.0)) == Set(MilestoneKind.allCases))
        #expect(StatusTests.treatment.allSatisfy { $0.track == .phase })
        #expect(StatusTests.moves.allSatisfy { $0.0.track == .status })
    }

    @Test(arguments: Status.allCases)
    func `every milestone leads from a status where the table says, or nowhere`(status: Status) {
        for kind in StatusTests.treatment {
            #expect(status.next(on: kind) == (StatusTests.free.contains(status) ? [status] : []))
        }
        for (kind, table) in StatusTests.moves { #expect(status.next(on: kind) == table[status]) }
    }

    @Test func `nothing follows a death`() {
        for kind in MilestoneKind.allCases { #expect(Status.dead.next(on: kind) == []) }
    }
}
