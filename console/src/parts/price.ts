/** Prices of messages: decimal text without a currency, in that of the account. */
import { $api } from "../api/client";
import { useWords } from "./words";

export function usePrice(): (amount: string | null | undefined) => string {
  const words = useWords();
  const balance = $api.useQuery("get", "/v1/balance", {}, { staleTime: 60_000 });
  return (amount) => words.money(amount, balance.data?.currency);
}
