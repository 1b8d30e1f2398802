import { createClient } from "@supabase/supabase-js";

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!);

/** The newest questions on an item, as the page of the item shows them. */
export async function questionsOn(sku: string) {
  const { data } = await supabase
    .from("questions")
    .select("id, text, asked_at")
    .eq("sku", sku)
    .order("asked_at", { ascending: false })
    .limit(20);
  return data ?? [];
}

/** Remember where to send the answer; only the customer may see it. */
export async function subscribe(questionId: number, userId: string, email: string): Promise<void> {
  await supabase.from("subscriptions").insert({ question_id: questionId, user_id: userId, email });
}
