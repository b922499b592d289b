import { problemOf } from "../api/problems";
import { useWords } from "../i18n/useWords";
import { Failure } from "../ui/Failure";
import { painPointWords } from "./words";

/** Why a change was not made, where there is a plain reason. */
export function CurationFailure({ error }: { error: unknown }) {
  const words = useWords(painPointWords);
  const plain: Record<string, string> = {
    PAIN_POINT_INDIVISIBLE: words.indivisible,
    NOTHING_TO_UNDO: words.nothingToUndo,
  };
  const text = plain[problemOf(error).reason];
  return text ? <p role="alert">{text}</p> : <Failure error={error} />;
}
