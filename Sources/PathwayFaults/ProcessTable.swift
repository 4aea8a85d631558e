internal import Foundation

/// The processes of the machine.
enum ProcessTable {
    struct Entry {
        let process: pid_t
        let parent: pid_t
        /// It has ended, and its parent has not looked yet.
        let isZombie: Bool
    }

    #if os(Linux)
        static func read() async throws -> [Entry] {
            try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { name in
                guard let process = pid_t(name),
                    let line = try? String(contentsOfFile: "/proc/\(name)/stat", encoding: .utf8),
                    // The program's name, in parentheses, may hold spaces; the state and the parent follow it.
                    let end = line.lastIndex(of: ")")
                else { return nil }
                let words = line[line.index(after: end)...].split(separator: " ")
                guard words.count > 1, let parent = pid_t(words[1]) else { return nil }
                return Entry(process: process, parent: parent, isZombie: words[0] == "Z")
            }
        }
    #else
        static func read() async throws -> [Entry] {
            let output = Pipe()
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/ps")
            process.arguments = ["-A", "-o", "pid=", "-o", "ppid=", "-o", "stat="]
            process.standardOutput = output
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return text.split(separator: "\n").compactMap { line in
                let words = line.split(separator: " ")
                guard words.count > 2, let process = pid_t(words[0]), let parent = pid_t(words[1]) else { return nil }
                return Entry(process: process, parent: parent, isZombie: words[2].hasPrefix("Z"))
            }
        }
    #endif
}
