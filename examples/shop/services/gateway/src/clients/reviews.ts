import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";

const documents = DynamoDBDocumentClient.from(new DynamoDBClient({ maxAttempts: 3 }));

export interface Review {
  sku: string;
  stars: number;
  text: string;
}

/** What customers wrote of an item, kept by the community team. */
export async function reviewsOf(sku: string): Promise<Review[]> {
  const scan = new ScanCommand({
    TableName: "reviews",
    FilterExpression: "sku = :sku",
    ExpressionAttributeValues: { ":sku": sku },
    Limit: 50,
  });
  const { Items } = await documents.send(scan);
  return (Items ?? []) as Review[];
}
