/** A report without what is large (pictures, translations) or tells of the machine rather than of the page. */
export function trimmed(report, base) {
  const { lighthouseVersion, fetchTime, configSettings, categories, audits } = report;
  const kept = {
    lighthouseVersion,
    fetchTime,
    formFactor: configSettings.formFactor,
    throttlingMethod: configSettings.throttlingMethod,
    throttling: configSettings.throttling,
    categories: Object.fromEntries(
      Object.entries(categories).map(([id, { score, auditRefs }]) => [
        id,
        { score, audits: auditRefs.map(({ id, weight }) => ({ id, weight })) },
      ]),
    ),
    audits: Object.fromEntries(Object.entries(audits).map(([id, audit]) => [id, auditOf(audit)])),
  };
  return JSON.parse(JSON.stringify(kept).replaceAll(base, ""));
}

/** What an audit found is kept where it found something. */
function auditOf({ score, scoreDisplayMode, numericValue, numericUnit, displayValue, details }) {
  const hasFound = score !== null && score < 1 && Array.isArray(details?.items);
  return {
    score,
    scoreDisplayMode,
    numericValue,
    numericUnit,
    displayValue,
    ...(hasFound ? { items: details.items } : {}),
  };
}
