package com.example.shop.billing.model;

import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

@Entity
@Table(name = "invoice_lines")
public class InvoiceLine {

    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    private Long id;

    private String kind;

    private long amountCents;

    protected InvoiceLine() {}

    public InvoiceLine(String kind, long amountCents) {
        this.kind = kind;
        this.amountCents = amountCents;
    }

    public String getKind() {
        return kind;
    }

    public long getAmountCents() {
        return amountCents;
    }
}
