# Judges the analysis of a cohort: reads times to endpoints (times.csv), states (states.csv) and looks (looks.csv) in a folder, and writes what R
# says of each to judged.csv (key, value), with 17 digits.
for (package in c("survival", "rpact")) {
    if (!requireNamespace(package, quietly = TRUE)) {
        cat("the R package \"", package, "\" is not installed\n", sep = "")
        quit(status = 2)
    }
}
suppressPackageStartupMessages(library(survival))
options(warn = -1)
judged <- file("judged.csv", "w")
say <- function(key, value) {
    value <- as.vector(value)
    writeLines(paste(key, ifelse(is.finite(value), sprintf("%.17g", value), "NA"), sep = ","), judged)
}
years <- c(365, 730, 1095, 1461)
digits <- coxph.control(eps = 1e-15, iter.max = 60, toler.chol = 1e-14)

curve <- function(key, response) {
    fit <- survfit(response ~ 1, conf.type = "log-log")
    say(paste0(key, "/", fit$time, "/survival"), fit$surv)
    say(paste0(key, "/", fit$time, "/error"), fit$surv * fit$std.err)
    say(paste0(key, "/", fit$time, "/risk"), fit$n.risk)
    say(paste0(key, "/", fit$time, "/lower"), fit$lower)
    say(paste0(key, "/", fit$time, "/upper"), fit$upper)
    # Survival is given up to the last day that anybody was followed to.
    for (year in seq_along(years)) if (years[year] <= max(fit$time)) {
        at <- summary(fit, times = years[year])
        say(paste0(key, "/year", year, c("/survival", "/error", "/lower", "/upper")),
            c(at$surv, at$std.err, at$lower, at$upper))
    }
}

hazard <- function(key, formula, rows) {
    fit <- coxph(formula, rows, ties = "efron", control = digits)
    fit <- coxph(formula, rows, ties = "efron", control = digits, init = coef(fit))
    say(paste0(key, c("/value", "/error")), c(coef(fit), sqrt(vcov(fit))))
    say(paste0(key, c("/ratio", "/lower", "/upper")), c(exp(coef(fit)), exp(confint(fit))))
}

test <- function(key, rows, arm) {
    found <- survdiff(Surv(days, event) ~ arm + strata(stratum), rows)
    place <- match(paste0("arm=", arm), names(found$n))
    excess <- sum(as.matrix(found$exp)[place, ]) - sum(as.matrix(found$obs)[place, ])
    z <- excess / sqrt(found$var[place, place])
    say(paste0(key, c("/chi", "/z", "/p")), c(found$chisq, z, pnorm(z, lower.tail = FALSE)))
}

occupation <- function(key, fit) {
    for (column in seq_along(fit$states)) {
        state <- if (fit$states[column] == "(s0)") "event-free" else fit$states[column]
        say(paste0(key, "/", state, "/", fit$time, "/probability"), fit$pstate[, column])
        say(paste0(key, "/", state, "/", fit$time, "/error"), fit$std.err[, column])
    }
}

times <- read.csv("times.csv")
for (key in unique(times$key)) {
    rows <- times[times$key == key, ]
    rows$event <- as.integer(rows$cause != "")
    reference <- rows$reference[1]
    rows$arm <- relevel(factor(rows$arm), ref = reference)
    arm <- setdiff(levels(rows$arm), reference)
    for (member in levels(rows$arm)) {
        own <- rows[rows$arm == member, ]
        curve(paste0(key, "/km/", member), Surv(own$days, own$event))
        cause <- factor(own$cause, c("", sort(setdiff(unique(own$cause), ""))))
        if (nlevels(cause) > 2) occupation(paste0(key, "/causes/", member), survfit(Surv(own$days, cause) ~ 1, influence = TRUE))
        reverse <- summary(survfit(Surv(own$days, 1 - own$event) ~ 1, conf.type = "log-log"))$table
        say(paste0(key, "/followup/", member, c("", "/lower", "/upper")), reverse[c("median", "0.95LCL", "0.95UCL")])
    }
    reverse <- summary(survfit(Surv(days, 1 - event) ~ 1, rows))$table
    say(paste0(key, "/followup"), reverse["median"])
    test(paste0(key, "/logrank"), rows, arm)
    hazard(paste0(key, "/cox"), Surv(days, event) ~ arm + strata(stratum), rows)
    turned <- rows
    turned$arm <- relevel(rows$arm, ref = arm)
    hazard(paste0(key, "/reciprocal"), Surv(days, event) ~ arm + strata(stratum), turned)
    late <- rows[!is.na(rows$transplanted) & rows$transplanted < rows$days, ]
    # Hardly anybody is transplanted in the low-risk arms.
    if (!grepl("high-and-intermediate", key)) next
    # The transplant as a covariate that changes with time.
    never <- rows[!(rows$id %in% late$id), ]
    split <- rbind(
        data.frame(start = 0, stop = pmax(never$days, 0.5), event = never$event, transplanted = 0, stratum = never$stratum),
        data.frame(start = 0, stop = late$transplanted, event = 0, transplanted = 0, stratum = late$stratum),
        data.frame(start = late$transplanted, stop = late$days, event = late$event, transplanted = 1, stratum = late$stratum))
    hazard(paste0(key, "/transplant"), Surv(start, stop, event) ~ transplanted + strata(stratum), split)
}

states <- read.csv("states.csv")
for (key in unique(states$key)) for (member in unique(states$arm[states$key == key])) {
    rows <- states[states$key == key & states$arm == member, ]
    rows$to <- factor(rows$to, c("", sort(setdiff(unique(c(rows$from, rows$to)), ""))))
    fit <- survfit(Surv(start, stop, to) ~ 1, rows, id = id, istate = from, influence = TRUE)
    occupation(paste0(key, "/states/", member), fit)
}

looks <- read.csv("looks.csv")
for (key in unique(looks$key)) {
    rows <- looks[looks$key == key, ]
    rows$event <- as.integer(rows$cause != "")
    rows$arm <- relevel(factor(rows$arm), ref = rows$reference[1])
    test(key, rows, setdiff(levels(rows$arm), rows$reference[1]))
}
designs <- read.csv("designs.csv", colClasses = "character")
for (row in seq_len(nrow(designs))) {
    fractions <- as.numeric(strsplit(designs$fractions[row], ";")[[1]])
    found <- rpact::getDesignGroupSequential(kMax = length(fractions), sided = 1, alpha = 0.025,
        informationRates = fractions, tolerance = 1e-10, typeOfDesign = "asOF")
    place <- seq_along(fractions)
    say(paste0(designs$key[row], "/", place, "/boundary"), found$criticalValues)
    say(paste0(designs$key[row], "/", place, "/spent"), found$alphaSpent)
    say(paste0(designs$key[row], "/", place, "/nominal"), pnorm(found$criticalValues, lower.tail = FALSE))
}
close(judged)
