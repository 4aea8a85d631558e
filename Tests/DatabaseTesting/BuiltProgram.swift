import Foundation

/// A program of this package, as tests run it.
///
/// `Scripts/test` names the folder of the optimised products in `PATHWAY_TEST_PROGRAMS`: what users run is what is tested, the
/// optimiser's faults included. Without it, it is the program that was built beside the tests.
public enum BuiltProgram {
    /// The path of the program with this name; of nothing that exists if it was not built, so that running it says so.
    public static func path(_ name: String) -> String {
        if let folder = ProcessInfo.processInfo.environment["PATHWAY_TEST_PROGRAMS"] { return "\(folder)/\(name)" }
        // macOS starts the tests from a program of Xcode's, Linux from the bundle itself.
        let near = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
        var folder = URL(fileURLWithPath: near)
        while folder.pathComponents.count > 1 {
            folder.deleteLastPathComponent()
            let candidate = folder.appendingPathComponent(name).path
            if FileManager.default.isExecutableFile(atPath: candidate), !isFolder(candidate) { return candidate }
        }
        return "\(name) was not built beside \(near)"
    }

    private static func isFolder(_ path: String) -> Bool {
        var result: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &result) && result.boolValue
    }
}
