// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "pathway",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "pathway", targets: ["PathwayCommand"]),
        .executable(name: "pathway-bench", targets: ["PathwayBench"]),
        .executable(name: "pathway-faults", targets: ["PathwayFaults"]),
    ],
    dependencies: [
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        .executableTarget(
            name: "PathwayCommand",
            dependencies: [
                "PathwayCore", "PathwayDocument", "PathwayEstimates", "PathwayLog", "PathwayProof", "PathwayReport",
                "PathwaySimulation", "Postgres", "PrivateServer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "PathwayBench",
            dependencies: [
                "CAllocationCount", "PathwayCore", "PathwayDocument", "PathwayLog", "PathwaySimulation", "Postgres",
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "PathwayFaults",
            dependencies: [
                "PathwayCore", "PathwayDocument", "PathwayLog", "PathwaySimulation", "Postgres",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .target(name: "CAllocationCount"),
        .target(
            name: "PathwaySimulation",
            dependencies: ["PathwayCore", "PathwayDocument", .product(name: "Yams", package: "Yams")],
            resources: [.embedInCode("Shapes/aall1331-cohort.yaml"), .embedInCode("Shapes/aall1331-published.yaml")],
            swiftSettings: strict),
        .target(name: "PathwayCore", swiftSettings: strict),
        .target(
            name: "PathwayLog",
            dependencies: [
                "PathwayCore", "PathwayDocument", "PathwayProof", "Postgres", "Schema",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict),
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
        .target(name: "Postgres", dependencies: ["CLibpq"], swiftSettings: strict),
        .target(name: "PathwayEstimates", swiftSettings: strict),
        .target(
            name: "PathwayReport",
            dependencies: [
                "PathwayCore", "PathwayEstimates", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Yams", package: "Yams"),
            ],
            resources: [.embedInCode("Published/aall1331-results.yaml")], swiftSettings: strict),
        .target(name: "PrivateServer", swiftSettings: strict),
        .target(
            name: "PathwayProof", dependencies: [.product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: strict),
        .target(
            name: "Schema", path: "Schema",
            resources: [
                .embedInCode("migration_0001_log.sql"), .embedInCode("migration_0002_randomisation.sql"),
                .embedInCode("migration_0003_access.sql"), .embedInCode("migration_0004_proof.sql"),
                .embedInCode("migration_0005_projections.sql"), .embedInCode("migration_0006_snapshots.sql"),
                .embedInCode("roles.sql"), .embedInCode("guards.txt"),
            ],
            swiftSettings: strict),
        .target(
            name: "PathwayDocument",
            dependencies: [
                "PathwayCore", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Yams", package: "Yams"),
            ],
            resources: [.embedInCode("Protocols/aall1331.yaml"), .embedInCode("Protocols/intreall-sr-2010.yaml")],
            swiftSettings: strict),
        .target(
            name: "DatabaseTesting", dependencies: ["Postgres"], path: "Tests/DatabaseTesting", swiftSettings: strict),
        .testTarget(name: "PostgresTests", dependencies: ["DatabaseTesting", "Postgres"], swiftSettings: strict),
        .testTarget(
            name: "PathwayProofTests",
            dependencies: ["PathwayProof", .product(name: "Crypto", package: "swift-crypto")],
            exclude: ["verify_proof.py"], swiftSettings: strict),
        .testTarget(
            name: "PathwayEstimatesTests", dependencies: ["PathwayEstimates"], exclude: ["estimates.R"],
            swiftSettings: strict),
        .testTarget(
            name: "PathwayReportTests",
            dependencies: [
                "PathwayCore", "PathwayDocument", "PathwayEstimates", "PathwayReport", "PathwaySimulation",
            ],
            exclude: [
                "analysis.R", "intervals.R", "rebuild.R", "judge_cbioportal.py", "judge_fhir.py", "judge_odm.py",
                "judge_sdtm.py",
            ], swiftSettings: strict),
        .testTarget(name: "PrivateServerTests", dependencies: ["PrivateServer"], swiftSettings: strict),
        .testTarget(
            name: "PathwayCommandTests",
            dependencies: [
                "DatabaseTesting", "PathwayCommand", "PathwayCore", "PathwayDocument", "PathwayLog",
                "PathwaySimulation", "Postgres", .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["survcheck.R"],
            swiftSettings: strict),
        .testTarget(name: "PathwayCoreTests", dependencies: ["PathwayCore"], swiftSettings: strict),
        .testTarget(
            name: "PathwayDocumentTests", dependencies: ["PathwayCore", "PathwayDocument"], swiftSettings: strict),
        .testTarget(
            name: "PathwayFaultsTests", dependencies: ["DatabaseTesting", "PathwayFaults"], swiftSettings: strict),
        .testTarget(
            name: "PathwayLogTests",
            dependencies: [
                "DatabaseTesting", "PathwayCore", "PathwayDocument", "PathwayLog", "PathwayProof", "Postgres", "Schema",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["privileges.sql", "squawk.toml"],
            swiftSettings: strict),
        .testTarget(
            name: "PathwayAuditTests",
            dependencies: [
                "DatabaseTesting", "PathwayCore", "PathwayDocument", "PathwayLog", "PathwayProof", "PathwaySimulation",
                "Postgres",
            ],
            exclude: ["canonical_rows.py"], swiftSettings: strict),
        .testTarget(
            name: "PathwaySimulationTests",
            dependencies: [
                "PathwayCore", "PathwayDocument", "PathwaySimulation",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
