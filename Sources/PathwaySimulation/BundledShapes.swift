public import PathwayCore

/// The shape of a cohort, and the counts to compare it with, that come with the program.
public enum BundledShapes {
    /// The shape of the AALL1331 cohort.
    /// - Throws: ``ShapeFaults`` if the bundled document is broken.
    public static func cohort() throws(ShapeFaults) -> CohortShape {
        try CohortShape(String(decoding: PackageResources.aall1331_cohort_yaml, as: UTF8.self))
    }

    /// The published counts of AALL1331, asked of patients of this version of the protocol.
    /// - Throws: ``ShapeFaults`` if the bundled document is broken, or asks for phases that this version does not have.
    public static func published(under treatment: TreatmentProtocol) throws(ShapeFaults) -> PublishedCounts {
        try PublishedCounts(
            String(decoding: PackageResources.aall1331_published_yaml, as: UTF8.self), under: treatment)
    }
}
