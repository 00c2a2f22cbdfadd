// What clients rely on, held against the generated types by `tsc`: a change that breaks them does not compile.

import type { Announced, IngestionJob as Job, Problem, operations } from "../api.js";

type JobPhase = "downloading" | "analyzing" | "matching" | "complete" | "failed";

interface IngestionJob {
  job_id: string;
  phase: JobPhase;
  download_progress: { percentage: number; bytes_downloaded: number } | null;
  analysis_progress: { items_processed: number; items_total: number } | null;
  error: string | null;
  can_retry: boolean;
}

export function job(job: Job): IngestionJob {
  return job;
}

/** Lists end with a null cursor. */
export function next(page: operations["list_jobs"]["responses"][200]["content"]["application/json"]): string | null {
  return page.next_cursor;
}

/** Each operation's problems are known. */
export function refused(
  answer: operations["retry_job"]["responses"][409]["content"]["application/problem+json"],
): Pick<Problem, "code" | "detail"> {
  return answer;
}

/** An upload is one PUT, or one for each part. */
export function puts({ upload }: Announced): string[] {
  return "url" in upload ? [upload.url] : upload.parts.map((part) => part.url);
}
