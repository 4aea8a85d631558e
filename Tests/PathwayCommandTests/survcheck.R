# Reads intervals (id, tstart, tstop, state) and prints what survcheck of R's package survival finds wrong with them.
suppressPackageStartupMessages(library(survival))
intervals <- read.csv(commandArgs(trailingOnly = TRUE)[1])

# The first level is "censored": the interval ends without a change.
intervals$event <- factor(intervals$event, c("censored", sort(setdiff(unique(intervals$event), "censored"))))
found <- survcheck(Surv(tstart, tstop, event) ~ 1, data = intervals, id = id, istate = state)
for (name in c("overlap", "gap", "jump", "teleport")) cat(name, found$flag[[name]], "\n")
duplicates <- if ("duplicate" %in% names(found$flag)) found$flag[["duplicate"]] else 0
cat("duplicate", max(duplicates, sum(duplicated(intervals[c("id", "tstart")]))), "\n")
cat("patients", length(unique(intervals$id)), "\n")
cat("intervals", nrow(intervals), "\n")
