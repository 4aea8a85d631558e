# Prints, for each file of intervals (id, tstart, tstop, state, event), what survcheck of the package survival finds wrong.
suppressPackageStartupMessages(library(survival))
for (file in commandArgs(trailingOnly = TRUE)) {
    intervals <- read.csv(file)
    # The first level says that the interval ends without a change.
    levels <- c("censored", sort(setdiff(unique(c(intervals$event, intervals$state)), "censored")))
    intervals$event <- factor(intervals$event, levels)
    found <- survcheck(Surv(tstart, tstop, event) ~ 1, data = intervals, id = id, istate = state)
    flags <- found$flag[c("overlap", "gap", "jump", "teleport")]
    duplicates <- sum(duplicated(intervals[c("id", "tstart", "tstop")]))
    if ("duplicate" %in% names(found$flag)) duplicates <- max(duplicates, found$flag[["duplicate"]])
    cat(basename(file), paste0(names(flags), "=", flags), paste0("duplicate=", duplicates),
        paste0("patients=", length(unique(intervals$id))), "\n")
}
