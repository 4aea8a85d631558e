import PathwayCore
import Testing

@Suite struct ScaledTests {
    @Test(arguments: [
        ("12", 0, 12), ("0.05", 3, 50), (".5", 1, 5), ("0", 0, 0), ("007", 0, 7), ("1.500", 1, 15),
        ("0.1", 7, 1_000_000),
        ("12.0", 0, 12), ("9223372036854775807", 0, Int.max), ("0.0000000000000000000000000", 2, 0),
    ])
    func `a plain decimal is read exactly`(text: String, scale: Int, value: Int) {
        #expect(Scaled.parse(text, scale: scale) == value)
    }

    @Test(arguments: [
        ("", 3), (".", 3), ("5.", 3), ("-1", 3), ("+1", 3), ("1e3", 3), ("1,5", 3), ("1.2.3", 3), ("0.0005", 3),
        (" 1", 3),
        ("1 ", 3), ("١", 3), ("0x10", 3), ("9223372036854775808", 0), ("9223372036854775807", 1), ("1.5", 0),
        ("nan", 3),
        ("inf", 3),
    ])
    func `what is no plain decimal of the scale is refused, never rounded`(text: String, scale: Int) {
        #expect(Scaled.parse(text, scale: scale) == nil)
    }

    @Test(arguments: [
        (50, 3, "0.05"), (0, 3, "0"), (1500, 3, "1.5"), (12, 0, "12"), (-5, 1, "-0.5"), (1, 7, "0.0000001"),
        (100, 2, "1"), (Int.min, 0, "-9223372036854775808"),
    ])
    func `a scaled number is printed without needless zeros`(value: Int, scale: Int, text: String) {
        #expect(Scaled.text(value, scale: scale) == text)
    }
}

@Suite struct MRDTests {
    @Test(arguments: [
        ("0.05", "0.05"), ("0.05 %", "0.05"), ("0.05%", "0.05"), ("<0.01", "<0.01"), ("< 0.01 %", "<0.01"),
        (">=10", ">=10"),
        (">10", ">10"), ("0", "0"), ("100", "100"), ("not-done", "not-done"), ("inadequate", "inadequate"),
        (".5", "0.5"),
        ("0.0000001", "0.0000001"), ("0.10", "0.1"), (">=100", ">=100"), ("<100", "<100"),
    ])
    func `a result is read and has one spelling`(text: String, spelling: String) throws {
        let result = try #require(MRD.Result(text))
        #expect(result.text == spelling)
        #expect(MRD.Result(result.text) == result)
    }

    @Test(arguments: [
        "250 %", "250", "100.0000001", "neg", "negative", "-1", "1e3", "1e-4", "0.00000001", "<0", "< 0 %", "", "%",
        "<", ">=",
        "<<0.1", "<=0.1", "0,01", "0.1 % ", "~0.1", "=0.1", "0.1.", "Not-done", "NaN", "<-1", ">100", "1 0", "0.",
    ])
    func `what is no share of cells is refused`(text: String) {
        #expect(MRD.Result(text) == nil)
    }

    @Test func `a level is exact to a part per billion`() {
        #expect(MRD.Level(percent: "0.01")?.partsPerBillion == 100_000)
        #expect(MRD.Level(percent: "0.1 %")?.partsPerBillion == 1_000_000)
        #expect(MRD.Level(percent: "100")?.partsPerBillion == 1_000_000_000)
        #expect(MRD.Level(partsPerBillion: -1) == nil)
        #expect(MRD.Level(partsPerBillion: 1_000_000_001) == nil)
    }

    /// The table of Brown et al., JAMA 2021: below 0.01 % is negative, and "<0.1 %" seen with one in a thousand is neither.
    @Test(
        arguments: [
            // result, sensitivity, below 0.01 %, below 0.1 %
            ("0.0099999", nil, Truth.yes, Truth.yes),
            ("0.01", nil, .no, .yes),
            ("0.0100001", nil, .no, .yes),
            ("0.0999999", nil, .no, .yes),
            ("0.1", nil, .no, .no),
            ("0.1000001", nil, .no, .no),
            ("100", nil, .no, .no),
            ("<0.01", nil, .yes, .yes),
            ("<0.0100001", nil, .unknown, .yes),
            ("<0.1", nil, .unknown, .yes),
            ("<0.1", "0.1", .unknown, .yes),
            ("<0.1000001", nil, .unknown, .unknown),
            (">=0.01", nil, .no, .unknown),
            (">=0.1", nil, .no, .no),
            (">0.0999999", nil, .no, .unknown),
            (">0.1", nil, .no, .no),
            ("0", nil, .unknown, .unknown),
            ("0", "0.01", .yes, .yes),
            ("0", "0.1", .unknown, .yes),
            ("0", "0.1000001", .unknown, .unknown),
            ("0.005", "0.01", .yes, .yes),
            ("0.005", "0.1", .unknown, .yes),
            ("0.05", "0.1", .unknown, .yes),
            ("not-done", nil, .unknown, .unknown),
            ("inadequate", "0.01", .unknown, .unknown),
        ] as [(String, String?, Truth, Truth)])
    func `residual disease is on one side of a limit only where the assay sees so far`(
        result: String, sensitivity: String?, belowHundredth: Truth, belowTenth: Truth
    ) throws {
        let mrd = MRD(try #require(MRD.Result(result)), sensitivity: sensitivity.flatMap { MRD.Level(percent: $0) })
        #expect(mrd.isBelow(try #require(MRD.Level(percent: "0.01"))) == belowHundredth)
        #expect(mrd.isBelow(try #require(MRD.Level(percent: "0.1"))) == belowTenth)
    }
}
