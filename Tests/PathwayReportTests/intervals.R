# Prints, for each file of intervals (id, tstart, tstop, to, istate), what survcheck of the package survival finds wrong.
if (!requireNamespace("survival", quietly = TRUE)) {
    cat("the R package \"survival\" is not installed\n")
    quit(status = 2)
}
suppressPackageStartupMessages(library(survival))
for (file in commandArgs(trailingOnly = TRUE)) {
    rows <- read.csv(file)
    # The first level says that the interval ends without a change.
    rows$to <- factor(rows$to, c("censored", sort(setdiff(unique(c(rows$to, rows$istate)), "censored"))))
    found <- survcheck(Surv(tstart, tstop, to) ~ 1, data = rows, id = id, istate = istate)
    flags <- found$flag[c("overlap", "gap", "jump", "teleport")]
    duplicates <- sum(duplicated(rows[c("id", "tstart", "tstop")]))
    if ("duplicate" %in% names(found$flag)) duplicates <- max(duplicates, found$flag[["duplicate"]])
    cat(basename(file), paste0(names(flags), "=", flags), paste0("duplicate=", duplicates),
        paste0("patients=", length(unique(rows$id))), "\n")
}
