public import PathwayCore

/// A course that the protocol plans in an arm.
public struct PlannedCourse: Sendable, Hashable {
    /// The course's word.
    public let course: String
    /// Its title for people.
    public let title: String
    /// The phase of the evaluation that decides how the patient goes on behind it; `nil` if none does.
    public let evaluation: String?
}

extension TreatmentProtocol {
    /// The courses of the phases that belong to an arm, in the document's order, each once.
    ///
    /// Whoever changes over is given courses of the arm's own phases too: they stand behind the planned ones, and have no evaluation that decides.
    public func plannedCourses(of arm: String) -> [PlannedCourse] {
        var planned: [PlannedCourse] = []
        for (number, phase) in phases.enumerated() where phase.arm == arm && !phase.isHeld {
            guard let word = phase.course, let course = courses.first(where: { $0.name == word }),
                !planned.contains(where: { $0.course == word })
            else { continue }
            planned.append(PlannedCourse(course: word, title: course.title, evaluation: evaluation(after: number)))
        }
        return planned
    }

    /// The phase to which the end of a course leads, if an assessment leads on from there.
    private func evaluation(after phase: Int) -> String? {
        let ends = transitions.filter { $0.source == phase && $0.kind == .courseEnded && $0.answer == .planned }
        let decided = ends.map(\.target).first { target in
            transitions.contains {
                $0.source == target && $0.kind == .responseAssessed && $0.answer == .planned && $0.target != target
            }
        }
        return decided.map { phases[$0].name }
    }
}
