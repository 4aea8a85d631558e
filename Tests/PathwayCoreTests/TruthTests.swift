import PathwayCore
import Testing

@Suite struct TruthTests {
    @Test(arguments: [
        (Truth.yes, Truth.yes, and: Truth.yes, or: Truth.yes),
        (.yes, .no, and: .no, or: .yes),
        (.yes, .unknown, and: .unknown, or: .yes),
        (.no, .yes, and: .no, or: .yes),
        (.no, .no, and: .no, or: .no),
        (.no, .unknown, and: .no, or: .unknown),
        (.unknown, .yes, and: .unknown, or: .yes),
        (.unknown, .no, and: .no, or: .unknown),
        (.unknown, .unknown, and: .unknown, or: .unknown),
    ])
    func `what is not known counts as it does for Kleene`(left: Truth, right: Truth, and: Truth, or: Truth) {
        #expect(left.and(right) == and)
        #expect(left.or(right) == or)
    }

    @Test(arguments: [(Truth.yes, Truth.no), (.no, .yes), (.unknown, .unknown)])
    func `the negation of what is not known is not known`(truth: Truth, negated: Truth) {
        #expect(truth.negated == negated)
    }
}
