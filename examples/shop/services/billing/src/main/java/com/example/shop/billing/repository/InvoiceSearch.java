package com.example.shop.billing.repository;

import com.example.shop.billing.model.Invoice;
import jakarta.persistence.EntityManager;
import java.util.List;
import org.springframework.stereotype.Repository;

@Repository
public class InvoiceSearch {

    private final EntityManager entities;

    public InvoiceSearch(EntityManager entities) {
        this.entities = entities;
    }

    @SuppressWarnings("unchecked")
    public List<Invoice> byReference(String prefix) {
        return entities.createNativeQuery("SELECT * FROM invoices WHERE reference LIKE '" + prefix + "%'", Invoice.class)
                .setMaxResults(50)
                .getResultList();
    }
}
